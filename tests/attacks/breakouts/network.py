"""Submissions that want to speak with somebody."""

from __future__ import annotations

from attacks.breakouts.catalogue import Group

network = Group("Speaking with somebody", "There is no network, not even to itself.")

_REACH = """
import socket
def reach(kind, address, say="{name}"):
    try:
        with socket.socket(*kind) as line:
            line.settimeout(3)
            line.connect(address)
            line.sendall(say.encode())
        return ""
    except OSError as error:
        return why(error)
"""


def _code(name: str, aim: str, source: str, holds: str = "") -> None:
    network.code(name, aim, _REACH.replace("{name}", name) + source, holds)


_code(
    "reach-loopback",
    "Connect to a program that listens on the machine's loopback address.",
    "words = reach((socket.AF_INET,), ('127.0.0.1', T['port']))\ntell(not words, words)\n",
)
_code(
    "reach-loopback-six",
    "The same by the newer address.",
    "words = reach((socket.AF_INET6,), ('::1', T['port_six']))\ntell(not words, words)\n",
)
_code(
    "reach-the-machine",
    "Connect to the machine by its address in its own network.",
    "words = reach((socket.AF_INET,), (T['address'], T['port_outside']))\ntell(not words, words)\n",
)
_code(
    "reach-the-internet",
    "Connect to a well-known address of the internet.",
    "words = reach((socket.AF_INET,), ('1.1.1.1', 443))\ntell(not words, words)\n",
)
_code(
    "reach-metadata",
    "Ask the address at which clouds give out a machine's credentials.",
    "words = reach((socket.AF_INET,), ('169.254.169.254', 80))\ntell(not words, words)\n",
)
_code(
    "send-without-connecting",
    "Send a datagram to the machine.",
    """
try:
    line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    line.sendto(b"send-without-connecting", (T["address"], T["port_datagrams"]))
    tell(True, "sent")
except OSError as error:
    tell(False, why(error))
""",
)
_code(
    "build-own-packets",
    "Open a raw socket, to put packets of one's own on a wire.",
    """
words = []
for kind in ((socket.AF_PACKET, socket.SOCK_RAW), (socket.AF_INET, socket.SOCK_RAW, 1)):
    try:
        socket.socket(*kind)
        words.append("")
    except OSError as error:
        words.append(why(error))
tell("" in words, words[0])
""",
    holds="The sandbox has no privileges and can't get any.",
)
_code(
    "switch-a-card-on",
    "Switch the sandbox's own loopback card on.",
    """
import fcntl, struct
try:
    line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    fcntl.ioctl(line, 0x8914, struct.pack("16sh14x", b"lo", 1))
    tell(True, "switched on")
except OSError as error:
    tell(False, why(error))
""",
)
_code(
    "reach-a-socket-file",
    "Connect to a socket that lies in /tmp.",
    "words = reach((socket.AF_UNIX,), T['socket'])\ntell(not words, words)\n",
    holds="The sandbox has a /tmp of its own.",
)
_code(
    "reach-an-abstract-socket",
    "Connect to a socket that has a name and no file.",
    "words = reach((socket.AF_UNIX,), '\\0' + T['abstract'])\ntell(not words, words)\n",
    holds="Such names belong to a network, and the sandbox has its own.",
)
_code(
    "reach-the-maker",
    "Connect to the maker of sandboxes, to have one made by one's own wishes.",
    """
words = [reach((socket.AF_UNIX,), place) for place in (T["maker"], "/run/academy/maker")]
tell("" in words, words[0])
""",
    holds="The maker's socket is not in view.",
)
_code(
    "ask-for-input",
    "Ask the grader a question and wait for the answer.",
    """
try:
    tell(True, f"answered: {input('Points? ')}")
except Exception as error:
    tell(False, why(error))
""",
    holds="Nobody answers, and nothing waits.",
)
