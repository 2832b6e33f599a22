"""Start Python once and fork it: for learners' servers, for kernels, for grading runs.

Importing JupyterLab, pandas, matplotlib and folium takes seconds and most of the memory of a
classroom. A *template* process imports them once. What is asked for afterwards is a fork of it.

- `protocol`: the messages over a Unix socket, and who may send them;
- `warm`: what the template imports;
- `fresh`: what a fork must do anew, so that it shares nothing that is secret or random;
- `parent`: the loop of a process that forks on request and reports how its children end;
- `template`: the process that the hub forks servers from;
- `nursery`: a fork of it behind a learner's wall, from which that learner's kernels come;
- `maker`: the process that makes sandboxes for grading, with its loop (`cellparent`);
- `making`: how it is started, and what it is told (`order`);
- `cell`, `cellinside`, `cellview`, `celllimits`: one sandbox, from within and without;
- `bundle`: the files that are carried into it;
- `uidblock`: the user ids that no two sandboxes share;
- `kernel`, `server`: what a fork becomes;
- `child`: a forked process as the one who asked for it sees it;
- `provisioner`: how Jupyter's libraries get a forked kernel where they ask for a kernel.
"""
