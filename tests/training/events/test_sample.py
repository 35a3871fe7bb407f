from pathlib import Path

from training.config import MainConfig
from training.events.sample import sample, source_of


def test_the_sample_is_two_files_of_the_installed_package():
    source = sample()
    assert Path(source.events).is_file()
    assert source.catalogue is not None
    assert Path(source.catalogue).is_file()
    assert source.event_columns["user_id"] == "household_id"


def test_with_a_catalogue_of_ones_own_the_sample_s_names_of_columns_do_not_count():
    source = source_of(MainConfig(catalogue="mine.csv"))
    assert (source.events, source.catalogue) == (sample().events, "mine.csv")
    assert source.event_columns == sample().event_columns
    assert source.catalogue_columns == {}
