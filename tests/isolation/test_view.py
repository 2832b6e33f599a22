from __future__ import annotations

from academy.isolation.view import account_files


def test_only_named_accounts_are_known_inside() -> None:
    files = account_files([("ana", 200_007, "/state/homes/ana")])

    assert files["/etc/passwd"].splitlines() == [
        "root:x:0:0::/:/bin/bash",
        "nobody:x:65534:65534::/:/bin/bash",
        "ana:x:200007:200007::/state/homes/ana:/bin/bash",
    ]
    assert "ana:x:200007:" in files["/etc/group"]
