"""Acknowledged is kept, under everything that can happen to processes and lines: `./scripts/chaos`.

    supervisor ── two gateway workers (worker.py), each with a fate: killed at a labelled moment, or anywhere, or frozen
        │    └─── the development chain's keeper and its Anvil, killed anywhere
        ├── proxy.py     between workers and chain: loses questions, loses answers, stalls, lies
        ├── clients.py   post events, and the same again under the same key until they are acknowledged
        └── oracle.py    walks the chain over RPC, knows what was acknowledged, reads no table of ours

The seed decides what is done to whom, in which order, after how many visits or seconds. When each process gets the
processor is not decided by it: two runs of one seed are the same plan, not the same run.
"""
