"""Scaling over workers of a Dask cluster on this machine: the same work on more of them, and more work on more."""

import pyarrow.parquet
from scenario import Pair, scenario

from scenarios.tall import BLOCK, files


def reductions(sizes, workers):
    """A call for each size and number of workers, which reads a Parquet file of so many rows into statistics."""
    from distributed import Client, LocalCluster

    from mapsto.data.sources.opened import open_source
    from mapsto.data.sources.plan import plan
    from mapsto.runs.scheduler import reduce_on

    def made(n, count):
        folder, columns, path = files(n, 20)
        pyarrow.parquet.write_table(columns, path / "t.parquet", row_group_size=BLOCK)
        client = Client(LocalCluster(n_workers=count, threads_per_worker=1, dashboard_address=None))
        times = iter(range(1_000_000))

        def call():
            source = open_source(path / "t.parquet")
            # another seed, another task: the scheduler would remember a result
            return reduce_on(client, source, plan(source, "y"), centred=True, seed=next(times)), folder

        return call

    return Pair(*(made(n, count) for n, count in zip(sizes, workers, strict=True)))


@scenario("strong scaling: 2,000,000 x 20 on 2 workers", peer="on 1 worker", goal=0.6, large=True)
def strong_scaling():
    return reductions((2_000_000, 2_000_000), (2, 1))


@scenario("weak scaling: 2,000,000 x 20 on 2 workers", peer="1,000,000 x 20 on 1 worker", goal=1.2, large=True)
def weak_scaling():
    return reductions((2_000_000, 1_000_000), (2, 1))
