"""Walls between strangers on one machine: identities, private views, limits, doors.

What a learner's, a course's or a service's process may see and use. The package stands on the
standard library alone, because the launcher that it starts for every server must be small.

- `identity`: an operating-system identity (uid and gid) for every learner, course and service;
- `ownership`: folders that are given to an identity;
- `view`: the private file system of a process;
- `limits` and `cgroups`: how much of the machine it may use;
- `filter`: the system calls that it may not make;
- `become`: taking on an identity and its limits, for good;
- `doors`: the few network addresses that are passed through its wall;
- `launch`: the launcher that puts a command behind the wall and holds the doors;
- `support`: whether this machine can do all that, and if not, why.
"""
