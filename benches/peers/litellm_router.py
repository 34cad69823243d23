"""Times how long litellm's Router takes to choose a deployment, over the fleet that it reads from its input.

Input and output are JSON, one object each. Nothing is sent anywhere: only the choice is timed.
"""

import asyncio
import json
import logging
import os
import sys
import time

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
os.environ["LITELLM_LOG"] = "ERROR"

import litellm  # noqa: E402
from litellm import Router  # noqa: E402

GROUP = "summarization"
MESSAGES = [{"role": "user", "content": "Summarise this."}]


def deployment(entry):
    return {
        "model_name": GROUP,
        "litellm_params": {
            "model": "openai/" + entry["id"],
            "api_key": "none",
            "api_base": "http://localhost:9",
            "input_cost_per_token": entry["input_price"] / 1e6,
            "output_cost_per_token": entry["output_price"] / 1e6,
        },
        "model_info": {"id": entry["id"], "max_input_tokens": entry["window"]},
    }


def measured(fleet):
    """What its latency strategy has written down after the attempts of the fleet: seconds per token written, newest last."""
    return {entry["id"]: {"latency": [x / 256 for x in entry["measured"]]} for entry in fleet if entry["measured"]}


async def timed(router, decisions):
    taken = []
    for _ in range(decisions):
        since = time.perf_counter_ns()
        chosen = await router.async_get_available_deployment(model=GROUP, messages=MESSAGES, request_kwargs={})
        taken.append(time.perf_counter_ns() - since)
        assert chosen["model_name"] == GROUP
    return sorted(taken)


async def measure(fleet, strategy, decisions):
    router = Router(
        model_list=[deployment(entry) for entry in fleet], routing_strategy=strategy, set_verbose=False, num_retries=0
    )
    if strategy == "latency-based-routing":
        router.cache.set_cache(key=f"{GROUP}_map", value=measured(fleet), ttl=3600)
    await timed(router, max(2, decisions // 10))
    since = time.process_time_ns()
    taken = await timed(router, decisions)
    processor = (time.process_time_ns() - since) / decisions / 1e3
    p50, p99 = taken[len(taken) // 2] / 1e3, taken[len(taken) * 99 // 100] / 1e3
    return {"strategy": strategy, "p50": p50, "p99": p99, "processor": processor}


async def main():
    logging.disable(logging.CRITICAL)
    asked = json.load(sys.stdin)
    found = [await measure(asked["fleet"], strategy, asked["decisions"]) for strategy in asked["strategies"]]
    version = getattr(litellm, "__version__", None)
    if version is None:
        from importlib.metadata import version as of

        version = of("litellm")
    json.dump({"peer": f"litellm {version}, Python {sys.version.split()[0]}", "found": found}, sys.stdout)


asyncio.run(main())
