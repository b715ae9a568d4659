"""What all tasks have in common: a new one is tested here without a line of its own."""

import pytest

from sgns_bench import datasets, tasks


@pytest.mark.parametrize("name", tasks.names())
def test_it_is_a_task_and_a_kind_of_data_set(name):
    task = tasks.load(name)

    assert task.__doc__
    assert name in datasets.kinds()
