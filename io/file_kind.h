// What a file is that is not what it should be: the usual mistakes, recognised by their first
// bytes.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace gpst {

// A clause for an error message, such as "this is a git-lfs pointer, not the file itself: run 'git
// lfs pull'". Knows empty files, git-lfs pointers, PyTorch pickles and zip archives, HTML pages,
// GGUF and HDF5 files, npy arrays, pictures and compressed archives; "" for anything else.
std::string foreign_file_hint(std::span<const std::byte> bytes);

}  // namespace gpst
