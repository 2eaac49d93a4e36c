"""Machine code as Numba makes it, taken from bytes and put into bytes."""

# pyright: basic

from __future__ import annotations

import pickle
from typing import Any

from numba.core.caching import NullCache
from numba.core.compiler import CompileResult
from numba.core.serialize import dumps

from glassprop.compile.native.program_cache import warn_of_damage


class MachineCode(NullCache):
    """What one function asks for its code before it compiles, and gives what it has compiled to.

    Args:
        code: what `made` was in this process or another, with everything the same that code
            follows from; None if there is none. It is unpickled, and so has to be one's own.

    Attributes:
        made: the code, if it had to be compiled and can be kept.
    """

    def __init__(self, code: bytes | None) -> None:
        self.code, self.made = code, None

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """The code, ready to run; None if there is none."""
        if self.code is None:
            return None
        target_context.refresh()
        try:
            found = CompileResult._rebuild(target_context, *pickle.loads(self.code))
            _end_linking(found)
            return found
        except Exception as error:  # whatever Numba makes of code that it did not write
            warn_of_damage(f"{type(error).__name__}: {' '.join(str(error).split())}"[:120])
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Take what was compiled, unless it holds addresses of this process."""
        if not data.library.has_dynamic_globals:
            self.made = dumps(data._reduce())
            _end_linking(data)


def _end_linking(found: CompileResult) -> None:
    """Let go of the form in which other code could be linked with this: some megabyte."""
    found.library._shared_module = None
