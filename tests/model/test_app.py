"""The route in front of MLflow's app, without a network."""

import asyncio

import httpx
import pytest
from fastapi import FastAPI

from model.answer import Answers
from model.app import App


@pytest.mark.parametrize("scenario", ["similar", "bought_together"])
def test_a_list_about_products_is_a_400_for_a_model_that_relates_none(recommender, scenario):
    app = App(Answers(recommender), FastAPI())
    body = {"user_id": None, "scenario": scenario, "product_ids": ["p01"]}

    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
            return await client.post("/recommend", json=body)

    response = asyncio.run(asked())
    assert response.status_code == 400
    assert response.json()["error_code"] == "INVALID_PARAMETER_VALUE"
    assert "which this model's were not; allowed: for_you, " in response.json()["message"]
