"""Load for inference: predictions over synthetic rows, and now and then a look at its health."""

import os
import random
from datetime import datetime, timedelta, timezone

from locust import HttpUser, between, task

COLUMNS = [
    "down", "up", "rnti_count", "mcs_down", "mcs_down_var", "mcs_up", "mcs_up_var",
    "rb_down", "rb_down_var", "rb_up", "rb_up_var",
]  # fmt: skip
ROWS = int(os.environ.get("PREDICT_ROWS", "30"))
LENGTH = int(os.environ.get("PREDICT_LENGTH", "10"))


def rows(count: int) -> dict[str, list]:
    """Rows two minutes apart, as the pipeline's datasets have them."""
    start = datetime.now(timezone.utc).replace(second=0, microsecond=0) - timedelta(minutes=2 * count)
    data: dict[str, list] = {"ts": [(start + timedelta(minutes=2 * i)).isoformat() for i in range(count)]}
    for column in COLUMNS:
        data[column] = [random.random() for _ in range(count)]
    return data


class Forecaster(HttpUser):
    """Somebody who asks for forecasts."""

    wait_time = between(
        float(os.environ.get("WAIT_MIN_SECONDS", "0.5")), float(os.environ.get("WAIT_MAX_SECONDS", "2"))
    )

    @task(20)
    def predict(self) -> None:
        """One forecast; full queues (429) are an answer, not a failure."""
        body = {"data": rows(ROWS), "inference_length": LENGTH}
        with self.client.post("/predict", json=body, catch_response=True) as response:
            if response.status_code == 429:
                response.success()
            elif response.status_code == 200 and response.json().get("status") != "SUCCESS":
                response.failure(f"status {response.json().get('status')}")

    @task(1)
    def health(self) -> None:
        """The health page."""
        self.client.get("/healthz")
