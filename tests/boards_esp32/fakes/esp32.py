"""A stand-in for the ESP32's `esp32`: NVS as ports/esp32/esp32_nvs.c has it, in memory."""

WAKEUP_ALL_LOW, WAKEUP_ANY_HIGH = False, True
_NOT_FOUND, _INVALID_LENGTH, _FULL = -0x1102, -0x110C, -0x1105


class World:
    def __init__(self):
        self.blobs = {}
        self.full = False
        self.broken = False
        self.wake_pins = []


class NVS:
    def __init__(self, namespace):
        assert 0 < len(namespace) <= 15
        self._namespace = namespace

    def get_blob(self, key, buffer):
        blob = world.blobs.get((self._namespace, key))
        if blob is None:
            raise OSError(_NOT_FOUND, "ESP_ERR_NVS_NOT_FOUND")
        if len(blob) > len(buffer):
            raise OSError(_INVALID_LENGTH, "ESP_ERR_NVS_INVALID_LENGTH")
        buffer[: len(blob)] = blob
        return len(blob)

    def set_blob(self, key, value):
        assert 0 < len(key) <= 15
        if world.full:
            raise OSError(_FULL, "ESP_ERR_NVS_NOT_ENOUGH_SPACE")
        if world.broken:
            raise OSError(-0x1101, "ESP_ERR_NVS_NOT_INITIALIZED")
        world.blobs[self._namespace, key] = bytes(value)

    def erase_key(self, key):
        if (self._namespace, key) not in world.blobs:
            raise OSError(_NOT_FOUND, "ESP_ERR_NVS_NOT_FOUND")
        del world.blobs[self._namespace, key]

    def commit(self):
        pass


def wake_on_ext0(pin, level):
    assert pin.number <= 21, "only RTC pins wake"
    world.wake_pins.append((pin.number, level))


world = World()
