from pathlib import Path

from training.compare.sides import catalogue_beside


def test_the_catalogue_is_the_one_asked_for_else_the_models_by_its_own_column(tmp_path: Path):
    for name in ("own", "asked"):
        (tmp_path / f"{name}.csv").write_text(f"artikel,title\n7,{name}\n")
    params = {"events": "shop.csv", "catalogue": str(tmp_path / "own.csv")}
    params |= {"product_id_column": "artikel"}
    for asked, title in (("", "own"), (str(tmp_path / "asked.csv"), "asked")):
        found = catalogue_beside(params, asked)
        assert found is not None
        assert found["title"].to_dict() == {"7": title}
    assert catalogue_beside({"events": "shop.csv"}, "") is None


def test_the_sample_has_its_own():
    found = catalogue_beside({"events": "sample"}, "")
    assert found is not None
    assert len(found) > 50_000
