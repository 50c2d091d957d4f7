// Folders of the user in which files are looked for by name. A folder need not exist.
#pragma once

#include <filesystem>

namespace gpst {

// $GPST_HOME: models in its folder models/, weights of metrics in itself or weights/. Empty
// without the variable.
std::filesystem::path gpst_home();

// $XDG_CACHE_HOME, without the variable ~/.cache; empty where there is no $HOME either.
std::filesystem::path cache_folder();

}  // namespace gpst
