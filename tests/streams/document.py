"""The command lines of docs/plain-streams.md, with files and pipes where they name a camera, a microphone or a loudspeaker."""

from pathlib import Path
import re

DOCUMENT = Path(__file__).parents[2] / "docs" / "plain-streams.md"
_BLOCK = re.compile(r"<!-- test: ([\w ]+) -->\n```sh\n(.*?)```", re.DOTALL)
_PCM = "use-sink-caps=false format=pcm pcm-format=s16le sample-rate=16000 num-channels=1"

# What a command names, and what stands for it here. `arecord` and `aplay` are replaced by programs of that name.
STANDS_FOR = {
    "-f v4l2 -framerate 5 -video_size 1280x720 -i /dev/video0": "-re -f lavfi -i testsrc=size=1280x720:rate=5",
    "-f pulse -i default": '-use_wallclock_as_timestamps 1 -f s16le -ar 16000 -ac 1 -i "$MICROPHONE"',
    "-f pulse default": '-f s16le -flush_packets 1 -y "$HEARD"',
    "http://phone.local:8080": "$PHONE",
    "v4l2src": "videotestsrc is-live=true",
    "pulsesrc": f'filesrc location="$MICROPHONE" ! rawaudioparse {_PCM}',
    "autoaudiosink": 'filesink buffer-mode=unbuffered location="$HEARD"',
    "http://homeassistant.local:8123/api/shelfsight/stream/0123456789abcdef": "$ADDRESS",
}


def commands() -> dict[str, str]:
    """Every command of the page by the name in its comment, ready to run."""
    found = {}
    for name, text in _BLOCK.findall(DOCUMENT.read_text(encoding="utf-8")):
        for written, stands in STANDS_FOR.items():
            text = text.replace(written, stands)
        found[name] = text
    return found
