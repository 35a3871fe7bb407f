from benchmarks.quality.tables import summary, tables


def line(method: str, task: str, ndcg: float, **other: object) -> dict:
    figures = {"ndcg_at_10": ndcg, "recall_at_10": 0.2, "hit_rate_at_10": 0.8}
    limits = {"ci_low": ndcg - 0.1, "ci_high": ndcg + 0.1}
    cost = {"n_users": 1396, "fit_s": 1.5, "recommend_s": 0.2, "peak_rss_mb": 300}
    return {"dataset": "shop", "method": method, "task": task, **figures, **limits, **cost, **other}


def test_a_data_set_is_a_table_with_the_best_method_first() -> None:
    lines = [line("popular", "all", 0.2), line("popular", "new", 0.1)]
    lines += [line("ours", "all", 0.4), line("ours", "new", 0.15)]
    skipped = {"dataset": "shop", "method": "ease", "skipped": "too many products"}
    assert tables([*lines, skipped]).splitlines() == [
        "### shop",
        "",
        "| method | `all`, 1,396 customers: NDCG / recall / hit rate @10 "
        "| `new`, 1,396 customers: NDCG / recall / hit rate @10 "
        "| fit s, recommend s | MB |",
        "| --- | --- | --- | --- | --- |",
        "| **ours** | .4000 [.3000, .5000] / .2000 / .8000 | .1500 [.0500, .2500] / .2000 / .8000 "
        "| 1.5, 0.2 | 300 |",
        "| popular | .2000 [.1000, .3000] / .2000 / .8000 | .1000 [.0000, .2000] / .2000 / .8000 "
        "| 1.5, 0.2 | 300 |",
        "",
        "ease: too many products.",
    ]


def test_lists_of_twenty_are_shown_where_they_were_measured() -> None:
    of_twenty = {"ndcg_at_20": 0.16, "recall_at_20": 0.19, "hit_rate_at_20": 0.6}
    shown = tables([line("ours", "new", 0.2, **of_twenty)])
    assert "hit rate @20" in shown
    assert ".1600 [.1000, .3000] / .1900 / .6000" in shown


def test_of_a_repeated_measurement_the_last_counts() -> None:
    shown = tables([line("ours", "all", 0.3), line("ours", "all", 0.4)])
    assert ".4000" in shown
    assert ".3000 [" not in shown


def test_a_summary_has_ours_beside_the_best_baseline_and_the_best_peer() -> None:
    figures = {"popular": 0.2, "buy_again": 0.3, "ridge": 0.9, "tifu_knn": 0.3, "up_cf": 0.35}
    lines = [line(name, "all", ndcg) for name, ndcg in {"ours": 0.4, **figures}.items()]
    lines += [line("ours", "new", 0.15)]
    assert summary(lines).splitlines()[2:] == [
        "| shop, `all` | **.4000 [.3000, .5000]** | .3000 [.2000, .4000] buy_again "
        "| .3500 [.2500, .4500] up_cf |",
        "| shop, `new` | **.1500 [.0500, .2500]** | not measured | not measured |",
    ]
