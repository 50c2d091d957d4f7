#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace gpst {

// What a file or folder is, without loading it: kind and facts in reading order. Knows weights,
// token files, token shards, layout stores, npz, pictures (with the settings this program embeds),
// tar, model folders, checkpoints, training runs and folders of token shards.
// IoError: absent. InputError: none of these.
nlohmann::ordered_json describe_path(const std::string& path);

// The same as indented text.
std::string as_text(const nlohmann::ordered_json& description);

}  // namespace gpst
