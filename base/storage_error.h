// How failures of the file system are put into words. Internal to base/.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gpst {

// "17 bytes", "1.5 MiB".
std::string format_bytes(std::uint64_t count);

// "cannot ACTION PATH: REASON; ADVICE" for an errno.
std::string io_error_message(std::string_view action, const std::string& path, int code);

}  // namespace gpst
