#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace gpst {

// The model a call means when it names none.
inline constexpr const char* kDefaultModel = "tiny64";

// Folders in which a bare model name is looked for: those of GPST_MODEL_PATH (separated by ':'),
// models/ below the working folder, $GPST_HOME/models, models/ of the source tree the program was
// built in, and share/gpst/models of an installation.
std::vector<std::filesystem::path> model_search_path();

// The folder of a model given as a path or as a bare name. IoError listing every place looked in.
std::filesystem::path find_model(const std::string& name);

}  // namespace gpst
