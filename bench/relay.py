"""The baseline: a plain relay between a device and Gemini Live, as people write it. `python -m bench.relay PORT LIVE_PORT CERTIFICATE`.

FastAPI on uvicorn with all its speed-ups, the SDK, JSON with base64 in both directions, one queue for sound and pictures, every
camera frame forwarded, sound always on, the server finds where speech ends. It is what the SDK's own example of Live does, behind a WebSocket.
Written for the benchmark; it runs in an environment of its own and shares no code with the integration.
"""

import asyncio
import base64
import ssl
import sys
from typing import Any

from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from google import genai
from google.genai import types
import uvicorn

MODEL = "gemini-3.8-live"
CONFIG = types.LiveConnectConfig(
    response_modalities=[types.Modality.AUDIO],
    system_instruction="You help a blind person in a shop. Say briefly where on the shelf the thing they ask for is.",
)


def make_app(client: genai.Client) -> FastAPI:
    """The relay."""
    app = FastAPI()

    @app.websocket("/ws")
    async def relay(device: WebSocket) -> None:
        await device.accept()
        queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        async with client.aio.live.connect(model=MODEL, config=CONFIG) as session:

            async def from_device() -> None:
                while True:
                    await queue.put(await device.receive_json())

            async def to_model() -> None:
                while True:
                    message = await queue.get()
                    data = base64.b64decode(message["data"])
                    if message["type"] == "audio":
                        await session.send_realtime_input(audio=types.Blob(data=data, mime_type="audio/pcm;rate=16000"))
                    else:
                        await session.send_realtime_input(video=types.Blob(data=data, mime_type="image/jpeg"))

            async def from_model() -> None:
                while True:
                    async for response in session.receive():
                        if response.data:
                            await device.send_json({"type": "audio", "data": base64.b64encode(response.data).decode()})

            try:
                async with asyncio.TaskGroup() as tasks:
                    for run in (from_device, to_model, from_model):
                        tasks.create_task(run())
            except* WebSocketDisconnect:
                pass

    return app


def main(port: int, live_port: int, certificate: str) -> None:
    """Serve until told to stop."""
    context = ssl.create_default_context(cafile=certificate)
    client = genai.Client(
        api_key="none",
        http_options=types.HttpOptions(
            api_version="v1beta",
            base_url=f"https://localhost:{live_port}",
            async_client_args={"ssl": context},
        ),
    )
    uvicorn.run(make_app(client), host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
