from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from glassprop.errors import DataError


@pytest.fixture
def refusal() -> Callable[..., str]:
    """The message with which call(path, ...) is refused: one line that names the file."""

    def message(call: Callable[..., Any], path: Path, *rest: Any, **options: Any) -> str:
        with pytest.raises(DataError) as caught:
            call(path, *rest, **options)
        text = str(caught.value)
        assert len(text.splitlines()) == 1
        assert path.name in text
        return text

    return message
