from pathlib import Path

from training.events.sample import sample


def test_the_sample_is_two_files_of_the_installed_package():
    source = sample()
    assert Path(source.events).is_file()
    assert source.catalogue is not None
    assert Path(source.catalogue).is_file()
    assert source.event_columns["user_id"] == "household_id"
