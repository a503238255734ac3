"""What a session is set up with: terms in, the SDK's configuration out. Pure."""

from typing import Any

from google.genai import types

from ..spatial import REPORT_TOOL, report_schema
from .models import Proactive, Profile
from .terms import Terms

_PRIVATE = "..."


def live_config(profile: Profile, terms: Terms) -> types.LiveConnectConfig:
    """The setup frame's content."""
    declarations = [_report_declaration(profile)] if terms.reports_places else []
    texts = [terms.instructions]
    if terms.toolbox is not None:
        for declared in terms.toolbox.declarations:
            behavior = types.Behavior.NON_BLOCKING if profile.declares_non_blocking else None
            declarations.append(declared.model_copy(update={"behavior": behavior}))
        texts.append(terms.toolbox.instructions)
    if terms.history:
        # As text within the instructions: every model takes that, whatever it makes of client_content.
        texts.append(f"The talk so far:\n{terms.history}")
    return types.LiveConnectConfig(
        response_modalities=[types.Modality.AUDIO],
        speech_config=_speech(terms.voice) if terms.voice else None,
        system_instruction="\n\n".join(text for text in texts if text),
        tools=[types.Tool(function_declarations=declarations)] if declarations else None,
        thinking_config=types.ThinkingConfig(thinking_level=types.ThinkingLevel(profile.thinking_level))
        if profile.thinking_level
        else None,
        input_audio_transcription=types.AudioTranscriptionConfig(),
        output_audio_transcription=types.AudioTranscriptionConfig(),
        realtime_input_config=types.RealtimeInputConfig(
            automatic_activity_detection=types.AutomaticActivityDetection(disabled=not terms.server_ends_turns)
        ),
        session_resumption=types.SessionResumptionConfig(handle=terms.handle),
        context_window_compression=types.ContextWindowCompressionConfig(
            trigger_tokens=terms.compression_tokens, sliding_window=types.SlidingWindow()
        ),
        proactivity=types.ProactivityConfig(proactive_audio=False) if profile.proactive is Proactive.OFF else None,
    )


def _speech(voice: str) -> types.SpeechConfig:
    return types.SpeechConfig(
        voice_config=types.VoiceConfig(prebuilt_voice_config=types.PrebuiltVoiceConfig(voice_name=voice))
    )


def _report_declaration(profile: Profile) -> types.FunctionDeclaration:
    return types.FunctionDeclaration(
        name=REPORT_TOOL,
        description="Reports where the thing is that was asked for.",
        parameters=types.Schema.model_validate(report_schema()),
        behavior=types.Behavior.NON_BLOCKING if profile.declares_non_blocking else None,
    )


def without_secrets(config: types.LiveConnectConfig) -> dict[str, Any]:
    """A setup as it may stand in a log: its shape, not what was said, nor the handle that lets anybody go on with it."""
    shown: dict[str, Any] = config.model_dump(exclude_none=True, mode="json")
    shown["system_instruction"] = f"{len(str(shown.get('system_instruction', '')))} characters"
    if "handle" in shown.get("session_resumption", {}):
        shown["session_resumption"]["handle"] = _PRIVATE
    for tool in shown.get("tools", []):
        tool["function_declarations"] = [one["name"] for one in tool.get("function_declarations", [])]
    return shown
