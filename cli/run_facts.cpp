#include "cli/run_facts.h"

#include <nlohmann/json.hpp>

namespace gpst {

nlohmann::json cost_facts(const WorkCost& cost) {
  return {{"seconds", cost.seconds},
          {"cpu_share", cost.cpu_share},
          {"peak_memory_bytes", cost.peak_memory_bytes}};
}

nlohmann::json run_facts(const ComputePlace& place, const WorkCost& cost) {
  nlohmann::json facts = cost_facts(cost);
  facts["device"] = place.device_name();
  facts["dtype"] = place.type_name();
  facts["dtype_asked"] = place.asked_type;
  return facts;
}

}  // namespace gpst
