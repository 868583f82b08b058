//! Three machining centres at 1 Hz: spindle load and vibration follow the operation and tool wear.

use super::defect::reading;
use super::random::{Drift, Random};
use super::text::{Cell, Row, Style};
use super::{Column, Line, plain, sensor};

const COLUMNS: &[Column] = &[
    plain("timestamp"),
    plain("설비"),
    plain("program_no"),
    plain("tool_id"),
    plain("공정"),
    sensor("spindle_speed[rpm]", 0, 8_000.0),
    sensor("spindle_load[%]", 1, 45.0),
    sensor("feed_rate[mm/min]", 0, 1_200.0),
    sensor("절삭유온도[℃]", 1, 24.0),
    sensor("진동_X[mm/s]", 3, 1.8),
    sensor("진동_Z[mm/s]", 3, 1.4),
    sensor("power[kW]", 2, 6.2),
    plain("part_count"),
    plain("quality"),
];

const START: i64 = 1_709_539_200;
const MACHINES: [&str; 3] = ["CNC-1호기", "CNC-2호기", "CNC-3호기"];

/// An operation: name, spindle speed, feed, load, seconds.
struct Operation(&'static str, f64, f64, f64, i64);

const OPERATIONS: [Operation; 4] = [
    Operation("황삭", 6_000.0, 1_600.0, 62.0, 90),
    Operation("정삭", 9_000.0, 900.0, 34.0, 60),
    Operation("드릴", 4_500.0, 600.0, 48.0, 40),
    Operation("대기", 0.0, 0.0, 3.0, 20),
];

struct Machine {
    operation: usize,
    left: i64,
    parts: i64,
    tool: i64,
    /// Seconds cut with the tool.
    cut: i64,
    speed: Drift,
    load: Drift,
    coolant: Drift,
    /// Whether the part under way has been harmed.
    harmed: bool,
}

pub(super) struct Cnc {
    seconds: i64,
    turn: usize,
    machines: Vec<Machine>,
}

impl Cnc {
    pub(super) fn new(random: &mut Random) -> Self {
        let machines = (0..3)
            .map(|n| Machine {
                operation: 0,
                left: random.whole(5, 90),
                parts: 0,
                tool: 1 + n * 20,
                cut: random.whole(0, 9_000),
                speed: Drift::new(6_000.0, 0.35, 6.0),
                load: Drift::new(60.0, 0.3, 0.8),
                coolant: Drift::new(19.0, 0.001, 0.03),
                harmed: false,
            })
            .collect();
        Self { seconds: START, turn: 0, machines }
    }
}

impl Line for Cnc {
    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn style(&self) -> Style {
        Style { cp949: false, bom: false, newline: "\n" }
    }

    fn stop(&mut self, seconds: i64) {
        self.seconds += seconds;
    }

    fn next(&mut self, random: &mut Random) -> Row {
        let (turn, time) = (self.turn, self.seconds);
        self.turn = (self.turn + 1) % self.machines.len().max(1);
        if self.turn == 0 {
            self.seconds += 1;
        }
        let Some(machine) = self.machines.get_mut(turn) else { return Row::new() };
        machine.left -= 1;
        if machine.left <= 0 {
            machine.operation = (machine.operation + 1) % OPERATIONS.len();
            if machine.operation == 0 {
                machine.parts += 1;
                machine.harmed = false;
            }
            machine.left = OPERATIONS.get(machine.operation).map_or(1, |operation| operation.4);
        }
        let Some(Operation(name, speed, feed, load, _)) = OPERATIONS.get(machine.operation) else {
            return Row::new();
        };
        let cutting = *speed > 0.0;
        machine.cut += i64::from(cutting);
        if machine.cut > 10_800 {
            machine.cut = 0;
            machine.tool += 1;
        }
        #[expect(clippy::cast_precision_loss, reason = "at most 10,800")]
        let wear = machine.cut as f64 / 10_800.0;
        let turning = machine.speed.towards(*speed, random).max(0.0);
        let loaded = machine.load.towards(load * (1.0 + 0.25 * wear), random).max(0.0);
        let shake = if cutting { 0.8 + loaded / 60.0 + 1.6 * wear * wear } else { 0.1 };
        let shaken = shake * (1.0 + 0.08 * random.normal());
        machine.harmed |= cutting && random.chance(((shaken - 2.2).max(0.0) * 0.004).min(0.05));
        let feed = if cutting { feed + 4.0 * random.normal() } else { 0.0 };
        let coolant = machine.coolant.towards(24.0 + loaded / 40.0, random);
        vec![
            Cell::Time(time),
            (*MACHINES.get(turn).unwrap_or(&"CNC")).into(),
            format!("O{:04}", 1_000 + machine.parts / 40 % 5).into(),
            format!("T{:02}", machine.tool).into(),
            (*name).into(),
            reading(COLUMNS, 5, turning),
            reading(COLUMNS, 6, loaded),
            reading(COLUMNS, 7, feed),
            reading(COLUMNS, 8, coolant),
            reading(COLUMNS, 9, shaken),
            reading(COLUMNS, 10, shaken * 0.78 * (1.0 + 0.05 * random.normal())),
            reading(COLUMNS, 11, 1.1 + loaded * 0.105 + 0.05 * random.normal()),
            Cell::Whole(machine.parts),
            if machine.harmed { "NG" } else { "OK" }.into(),
        ]
    }
}
