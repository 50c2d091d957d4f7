#pragma once

#include <nlohmann/json_fwd.hpp>

#include "base/work_meter.h"
#include "cli/compute_place.h"

namespace gpst {

// What every report says of the run itself.
// `seconds`, `cpu_share` (base/work_meter.h), `peak_memory_bytes`.
nlohmann::json cost_facts(const WorkCost& cost);
// These and where the networks computed: `device`, `dtype`, `dtype_asked` (--dtype).
nlohmann::json run_facts(const ComputePlace& place, const WorkCost& cost);

}  // namespace gpst
