"""A kernel in which tests are run so that an answer can't easily talk its way past them.

- `seal`: how the engine and the guard speak, past whatever the learner's code did to Jupyter;
- `order`: what the engine tells the guard about a cell that is the course's;
- `kernel`: the kernel, which passes on and keeps nothing;
- `keeper`: the guard itself, which no name in the kernel leads to;
- `watching`: what the guard sees of attempts to find it;
- `baseline`: what tests rely on, as it was before the learner's first cell;
- `suspicion`: what the source of an answer says about itself.

What holds and what can't is in ``docs/explanation/trust.md``.
"""
