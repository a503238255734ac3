"""A real sound server (PulseAudio) with a card that is none, and the ALSA configuration that leads to it."""

from collections.abc import Iterator
import contextlib
import os
from pathlib import Path
import shutil
import subprocess
import time

from wearable_processes import missing

ALSA = Path("/usr/share/alsa/alsa.conf")
# `card` keeps the time of a card of 48 kHz; its monitor gives back what was played to it.
CARD = "load-module module-null-sink sink_name=card rate=48000"
# Echo cancellation as boards/pi/system/sound.pa has it, between a microphone in a room and that card.
ECHO = (
    "load-module module-null-sink sink_name=room rate=48000",
    (
        "load-module module-echo-cancel aec_method=webrtc source_name=wearable.echo-cancel "
        "sink_name=wearable.echo-cancel.sink source_master=room.monitor sink_master=card"
    ),
)
_START_S = 10
_NOT_THERE = (ImportError, OSError)


def require_portaudio() -> None:
    try:
        import sounddevice  # noqa: F401  # it is asked whether it can be
    except _NOT_THERE:
        missing("PortAudio is not installed (Debian: libportaudio2)")
    if not ALSA.exists():
        missing("ALSA's configuration is not installed (Debian: libasound2-data)")


def require_server() -> None:
    require_portaudio()
    if shutil.which("pulseaudio") is None or shutil.which("pactl") is None:
        missing("the sound server is not installed (Debian: pulseaudio pulseaudio-utils)")
    if not list(Path("/usr/lib").glob("*/alsa-lib/libasound_module_pcm_pulse.so")):
        missing("ALSA's way to the sound server is not installed (Debian: libasound2-plugins)")


def asound(folder: Path, text: str) -> dict[str, str]:
    """The environment in which ALSA knows what is in `text`, and no card of this machine."""
    path = folder / "asound.conf"
    path.write_text(f"<{ALSA}>\n{text}\n")
    return {**os.environ, "ALSA_CONFIG_PATH": str(path)}


@contextlib.contextmanager
def server(folder: Path, *script: str) -> Iterator[dict[str, str]]:
    """Runs the server; gives the environment in which `pulse` and `default` lead to it."""
    require_server()
    socket = folder / "native"
    lines = [CARD, *script, f"load-module module-native-protocol-unix auth-anonymous=1 socket={socket}"]
    (folder / "sound.pa").write_text("\n".join(lines) + "\n")
    environment = {
        **asound(folder, "pcm.!default { type pulse }\npcm.pulse { type pulse }"),
        "HOME": str(folder),
        "XDG_RUNTIME_DIR": str(folder),
        "PULSE_SERVER": f"unix:{socket}",
        "PULSE_LATENCY_MSEC": "40",
    }
    command = ["pulseaudio", "-n", f"--file={folder / 'sound.pa'}", "--daemonize=no", "--exit-idle-time=-1"]
    command += ["--use-pid-file=no", "--realtime=no", "--high-priority=no"]
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stderr=log, stdout=log)
        try:
            until_s = time.monotonic() + _START_S
            while subprocess.run(["pactl", "info"], env=environment, capture_output=True, check=False).returncode:
                assert process.poll() is None and time.monotonic() < until_s, (folder / "server.log").read_text()
                time.sleep(0.05)
            yield environment
        finally:
            process.terminate()
            process.wait(5)
