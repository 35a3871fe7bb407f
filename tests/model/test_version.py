from model.version import META, VERSION_VARIABLE, version_of


def test_the_version_is_the_one_that_was_fetched(tmp_path, monkeypatch):
    monkeypatch.delenv(VERSION_VARIABLE, raising=False)
    (tmp_path / META).write_text("model_name: shop\nmodel_version: '7'\n")
    assert version_of(tmp_path) == "7"


def test_a_server_knows_better(tmp_path, monkeypatch):
    monkeypatch.setenv(VERSION_VARIABLE, "8")
    (tmp_path / META).write_text("model_name: shop\nmodel_version: '7'\n")
    assert version_of(tmp_path) == "8"


def test_a_model_that_was_not_fetched_by_name_has_no_version(tmp_path, monkeypatch):
    monkeypatch.delenv(VERSION_VARIABLE, raising=False)
    assert version_of(tmp_path) is None
