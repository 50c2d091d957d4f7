#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace gpst {

// A model folder (config.yaml), checkpoint (state.json), training run (checkpoints/) or folder of
// token shards (index.json), by the files in it. InputError for another folder.
nlohmann::ordered_json describe_folder(const std::string& path);

}  // namespace gpst
