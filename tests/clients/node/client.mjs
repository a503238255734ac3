/**
 * The @google/genai SDK on Node as a client: the other dialect of the wire (camelCase, standard base64, the key in the URL).
 *
 * `node client.mjs ERRAND.json` holds one conversation and prints one line of JSON; both are described in `../errand.py`.
 * The server's certificate is trusted by way of NODE_EXTRA_CA_CERTS.
 */

import { readFileSync } from "node:fs";
import { once, EventEmitter } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { Behavior, GoogleGenAI, Modality } from "@google/genai";

const CHUNK_MS = 100; // as a microphone gives it: in real time
const CHUNK_BYTES = (16000 * 2 * CHUNK_MS) / 1000;
const TURN_LIMIT_MS = 60000;
const PCM = "audio/pcm;rate=16000";

/** What is noted of one turn. The clock starts when the question is over. */
class Turn extends EventEmitter {
  askedMs = null;
  firstSoundMs = null;
  heard = "";
  said = "";
  soundBytes = 0;
  soundTypes = new Set();
  calls = [];
  events = [];
  answering = false;

  /** Notes an event; one that repeats is noted once. */
  note(event) {
    if (this.events.at(-1) !== event) this.events.push(event);
  }

  report() {
    const known = this.firstSoundMs !== null && this.askedMs !== null;
    return {
      heard: this.heard.trim(),
      said: this.said.trim(),
      sound_bytes: this.soundBytes,
      sound_types: [...this.soundTypes].sort(),
      calls: this.calls,
      events: this.events,
      first_sound_ms: known ? Math.round(this.firstSoundMs - this.askedMs) : null,
    };
  }
}

/** The samples of a WAV file: what follows the header of its data chunk. */
function samples(path) {
  const file = readFileSync(path);
  let place = 12;
  while (file.toString("latin1", place, place + 4) !== "data") place += 8 + file.readUInt32LE(place + 4);
  return file.subarray(place + 8, place + 8 + file.readUInt32LE(place + 4));
}

const base64 = (bytes) => Buffer.from(bytes).toString("base64");

function config(errand) {
  const { function: offered, by_markers: byMarkers } = errand;
  const declaration = offered && {
    name: offered.name,
    description: offered.description,
    parametersJsonSchema: offered.parameters,
    behavior: Behavior.BLOCKING,
  };
  return {
    responseModalities: [Modality.AUDIO],
    systemInstruction: "Say where things stand on the shelf.",
    realtimeInputConfig: { automaticActivityDetection: { disabled: byMarkers } },
    inputAudioTranscription: {},
    outputAudioTranscription: {},
    ...(declaration && { tools: [{ functionDeclarations: [declaration] }] }),
  };
}

/** Sends sound at the pace of a microphone. */
async function stream(session, pcm) {
  for (let start = 0; start < pcm.length; start += CHUNK_BYTES) {
    session.sendRealtimeInput({ audio: { data: base64(pcm.subarray(start, start + CHUNK_BYTES)), mimeType: PCM } });
    await sleep(CHUNK_MS);
  }
}

/** Asks aloud, with a picture; without markers the microphone stays open until the answer begins. */
async function speak(session, asked, turn, byMarkers) {
  if (byMarkers) session.sendRealtimeInput({ activityStart: {} });
  if (asked.picture) {
    session.sendRealtimeInput({ video: { data: base64(readFileSync(asked.picture)), mimeType: "image/jpeg" } });
  }
  await stream(session, samples(asked.sound));
  turn.askedMs = performance.now();
  if (byMarkers) session.sendRealtimeInput({ activityEnd: {} });
  while (!byMarkers && !turn.answering) await stream(session, Buffer.alloc(CHUNK_BYTES));
}

/** Asks in writing, the picture before the words. */
function write(session, asked, turn) {
  const parts = [{ text: asked.text }];
  if (asked.picture) {
    parts.unshift({ inlineData: { data: base64(readFileSync(asked.picture)), mimeType: "image/jpeg" } });
  }
  session.sendClientContent({ turns: [{ role: "user", parts }], turnComplete: true });
  turn.askedMs = performance.now();
}

/** Notes what one message says, and answers its calls. */
function take(message, session, turn) {
  if (message.toolCall) {
    turn.note("toolCall");
    for (const { id, name, args } of message.toolCall.functionCalls ?? []) {
      turn.calls.push({ name, args });
      session.sendToolResponse({ functionResponses: [{ id, name, response: { status: "ok" } }] });
      turn.note("toolResponse");
    }
  }
  if (message.toolCallCancellation) turn.note("toolCallCancellation");
  const content = message.serverContent ?? {};
  if (content.inputTranscription) {
    turn.note("inputTranscription");
    turn.heard += content.inputTranscription.text ?? "";
  }
  for (const { inlineData } of content.modelTurn?.parts ?? []) {
    if (!inlineData?.data) continue;
    turn.note("sound");
    turn.answering = true;
    turn.firstSoundMs ??= performance.now();
    turn.soundBytes += Buffer.from(inlineData.data, "base64").length;
    turn.soundTypes.add(inlineData.mimeType ?? "");
  }
  turn.said += content.outputTranscription?.text ?? "";
  if (content.interrupted) turn.note("interrupted");
  if (content.generationComplete) turn.note("generation_complete");
  if (content.turnComplete) {
    turn.note("turn_complete");
    turn.emit("over");
  }
}

async function converse(errand) {
  const ai = new GoogleGenAI({ apiKey: errand.key, httpOptions: { baseUrl: errand.base_url, apiVersion: "v1beta" } });
  let session = null;
  let turn = null;
  let leaving = false;
  const fail = (why) => {
    if (!leaving) turn?.emit("error", new Error(why));
  };
  session = await ai.live.connect({
    model: errand.model,
    config: config(errand),
    callbacks: {
      onmessage: (message) => turn && take(message, session, turn),
      onerror: (event) => fail(`socket error: ${event.message}`),
      onclose: (event) => fail(`closed: ${event.code} ${event.reason}`),
    },
  });
  const turns = [];
  for (const asked of errand.turns) {
    turn = new Turn();
    const over = once(turn, "over", { signal: AbortSignal.timeout(TURN_LIMIT_MS) }); // an "error" rejects it too
    const asking = asked.sound ? speak(session, asked, turn, errand.by_markers) : write(session, asked, turn);
    await Promise.all([asking, over]);
    turns.push(turn.report());
  }
  leaving = true;
  session.close();
  return turns;
}

const errand = JSON.parse(readFileSync(process.argv[2], "utf8"));
const sdk = JSON.parse(readFileSync(new URL("node_modules/@google/genai/package.json", import.meta.url), "utf8"));
const turns = await converse(errand);
console.log(JSON.stringify({ client: `@google/genai ${sdk.version}, Node ${process.version.slice(1)}`, turns }));
