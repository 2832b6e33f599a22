"""Attempts at what tests rely on: built-in functions, helpers, modules, the clock."""

from __future__ import annotations

from attacks.catalogue import answer, attack, check

attack(
    "builtin-abs",
    "Replace `abs` for everybody.",
    "import builtins\nbuiltins.abs = lambda number: 0",
    check("assert abs(add(2, 3) - 5) < 1e-9"),
)
attack(
    "builtin-all",
    "Replace `all` for everybody.",
    "import builtins\nbuiltins.all = lambda values: True",
    check("assert all(add(n, 1) == n + 1 for n in range(4))"),
)
attack(
    "builtin-assertion-error",
    "Replace the class of failed assertions by one that can't be raised.",
    "import builtins\nbuiltins.AssertionError = print",
)
attack(
    "namespace-builtins",
    "Give the notebook a dictionary of built-in functions of its own.",
    """
    import builtins
    __builtins__ = {**vars(builtins), "abs": lambda number: 0}
    """,
    check("assert abs(add(2, 3) - 5) < 1e-9"),
)
attack(
    "own-isinstance",
    "Have a function `isinstance` in the notebook.",
    "def isinstance(value, kind):\n    return True",
    check("assert isinstance(add('a', 'b'), str)"),
)
attack(
    "pandas-testing",
    "Replace `pandas.testing.assert_frame_equal`.",
    """
    import pandas as pd
    pd.testing.assert_frame_equal = lambda *frames, **options: None
    """,
    check("""
    import pandas as pd
    pd.testing.assert_frame_equal(pd.DataFrame({"n": [add(2, 3)]}), pd.DataFrame({"n": [5]}))
    """),
)
attack(
    "pandas-testing-inside",
    "Replace what pandas' assertions use inside.",
    """
    import pandas as pd
    import pandas._testing.asserters as asserters
    for name in [name for name in vars(asserters) if name.startswith("assert_")]:
        setattr(asserters, name, lambda *values, **options: None)
    pd.testing.assert_series_equal = asserters.assert_series_equal
    """,
    check("""
    from pandas.testing import assert_series_equal
    import pandas as pd
    assert_series_equal(pd.Series([add(2, 3)]), pd.Series([5]))
    """),
)
attack(
    "pandas-equals",
    "Give tables an `equals` that always agrees.",
    "import pandas as pd\npd.DataFrame.equals = lambda self, other: True",
    check("""
    import pandas as pd
    assert pd.DataFrame({"n": [add(2, 3)]}).equals(pd.DataFrame({"n": [5]}))
    """),
)
attack(
    "pandas-eq",
    "Have columns compare equal to anything.",
    """
    import pandas as pd
    pd.Series.__eq__ = lambda self, other: pd.Series([True] * len(self))
    """,
    check("import pandas as pd\nassert (pd.Series([add(2, 3), 1]) == pd.Series([5, 1])).all()"),
)
attack(
    "numpy-testing",
    "Replace `numpy.testing.assert_allclose`.",
    "import numpy as np\nnp.testing.assert_allclose = lambda *values, **options: None",
    check("import numpy as np\nnp.testing.assert_allclose(add(0.5, 0.25), 0.75)"),
)
attack(
    "numpy-testing-inside",
    "Replace what numpy's assertions use inside.",
    """
    import numpy.testing._private.utils as inside
    inside.assert_array_compare = lambda *values, **options: None
    """,
    check("import numpy as np\nnp.testing.assert_allclose(add(0.5, 0.25), 0.75)"),
)
attack(
    "numpy-allclose",
    "Replace `numpy.allclose`.",
    "import numpy\nnumpy.allclose = lambda *values, **options: True",
    check("import numpy as np\nassert np.allclose(add(0.5, 0.25), 0.75)"),
)
attack(
    "function-code",
    "Give an assertion of unittest other code, so that it is still the same function.",
    """
    import unittest
    def nothing(self, *values, **options):
        return None
    try:
        unittest.TestCase.assertEqual.__code__ = nothing.__code__
    except RuntimeError:
        pass
    """,
    check("import unittest\nunittest.TestCase().assertEqual(add(2, 3), 5)"),
)
attack(
    "unittest-assert-equal",
    "Replace `assertEqual` of unittest.",
    "import unittest\nunittest.TestCase.assertEqual = lambda self, *values: None",
    check("import unittest\nunittest.TestCase().assertEqual(add(2, 3), 5)"),
)
attack(
    "math-isclose",
    "Replace `math.isclose`.",
    "import math\nmath.isclose = lambda *values, **options: True",
    check("import math\nassert math.isclose(add(0.5, 0.25), 0.75)"),
)
attack(
    "statistics-stub",
    "Put a module of one's own in the place of one that only the check imports.",
    """
    import sys, types
    sys.modules["statistics"] = types.SimpleNamespace(mean=lambda values: 0)
    """,
    check("import statistics\nassert add(2, 3) == statistics.mean([4, 6])"),
)
attack(
    "pandas-stub",
    "Put a stub in the place of pandas.",
    """
    import sys, types
    fake = types.ModuleType("pandas")
    fake.testing = types.ModuleType("pandas.testing")
    fake.Series = list
    fake.testing.assert_series_equal = lambda *values: None
    sys.modules["pandas"], sys.modules["pandas.testing"] = fake, fake.testing
    """,
    check("""
    import pandas as pd
    pd.testing.assert_series_equal(pd.Series([add(2, 3)]), pd.Series([5]))
    """),
)
attack(
    "import-hook",
    "Have Python's search for modules find one's own first.",
    """
    import sys, types, importlib.abc, importlib.machinery
    sys.modules.pop("fractions", None)
    class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
        def find_spec(self, name, path, target=None):
            return importlib.machinery.ModuleSpec(name, self) if name == "fractions" else None
        def exec_module(self, module):
            module.Fraction = lambda *values: 0
    sys.meta_path.insert(0, Finder())
    """,
    check("from fractions import Fraction\nassert add(2, 3) == Fraction(10, 2)"),
)
attack(
    "course-import",
    "Replace the name under which a check before had imported pandas.",
    "",
    check("import pandas as pd\nassert add(0, 0) == 1"),
    answer("""
    import types
    pd = types.SimpleNamespace(Series=lambda values: types.SimpleNamespace(sum=lambda: add(2, 3)))
    """),
    check("assert add(2, 3) == pd.Series([2, 3]).sum()"),
)
attack(
    "clock-frozen",
    "Stop the clock that a check measures with.",
    """
    import time
    sleep, time.perf_counter, time.monotonic, time.time = time.sleep, *[lambda: 0.0] * 3
    def add(a, b):
        sleep(0.6)
        return a + b
    """,
    check("""
    import time
    start = time.perf_counter()
    add(2, 3)
    assert time.perf_counter() - start < 0.5
    """),
)
attack(
    "random-frozen",
    "Have the check draw the numbers that the answer fits.",
    "import random\nrandom.randint = lambda low, high: 0",
    check("""
    import random
    a, b = random.randint(1, 99), random.randint(1, 99)
    assert add(a, b) == a + b
    """),
)
