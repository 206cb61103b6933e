"""simulators: a pool that behaves like one, with its sensors, their faults and its people."""
