"""Experiments: scenarios run in replications until what was asked is known, in bundles that replay bit for bit.

A question is a `request.Request`. `bundle.prepare(experiments, request)` gives it a folder `<data>/experiments/<id>`,
where `id` is the digest of the question (model, changes, seed, versions), so it is its permanent address::

    request.json     the question, without the model
    model.json       the declared tree
    versions.json    what the numbers depend on, and what else was installed
    progress.json    `progress.Progress`, rewritten a few times a second
    results/<key>.jsonl, <key>.npz     figures a replication, a line each; merged tables
    result.json      `result.Result`, when it is done
    stop             exists while somebody wants it stopped

Whoever asks (a page, the command line) calls these of `bundle`::

    prepare(experiments: Path, request: Request) -> Path          # the folder; what is there already is kept
    read_request(folder) -> Request      read_progress(folder) -> Progress      read_result(folder) -> Result | None
    ask_stop(folder) -> None             ask_again(folder) -> None              # go on with what was stopped or failed
    waiting(experiments) -> tuple[Path, ...]                      # in the order in which they were asked

and of `store` (key: `ScenarioResult.key`)::

    read_figures(folder, key) -> dict[str, list[float | None]]    # by output, in the order of replications
    read_tables(folder, key) -> dict[str, NDArray[int64]]         # merged counts of a scenario

Whoever works (the worker process, the command line) calls `run.run`; killed at any time, it goes on from there::

    run(folder, executor, *, tell=None, stop=None) -> Result | None          # None: stopped; what is done is kept
    replay(folder, executor, *, tell=None) -> Replayed                       # runs all again and compares the digest
    executors.in_process(), executors.pool(workers), executors.cluster(address)       # context managers
"""
