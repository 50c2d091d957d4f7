#include "cli/report_error.h"

#include <c10/util/Exception.h>
#include <fmt/format.h>

#include <filesystem>
#include <new>
#include <string_view>

#include "base/error.h"

namespace gpst {
namespace {

ErrorReport with_code(std::string message, ExitCode code) {
  return {std::move(message), static_cast<int>(code)};
}

bool is_lack_of_memory(std::string_view message) {
  return message.find("can't allocate memory") != std::string_view::npos ||
         message.find("out of memory") != std::string_view::npos ||
         message.find("not enough memory") != std::string_view::npos;
}

ErrorReport lack_of_memory(const std::string& message) {
  return with_code("out of memory: " + message +
                       "\nTry a smaller --size; on a GPU a smaller --batch-size, on the CPU fewer "
                       "--threads.",
                   ExitCode::device);
}

ErrorReport report_of_torch(const c10::Error& error) {
  const std::string message = error.what_without_backtrace();
  if (is_lack_of_memory(message)) return lack_of_memory(message);
  return with_code("internal error in LibTorch: " + message, ExitCode::internal);
}

}  // namespace

ErrorReport report_of(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const Error& typed) {
    return {typed.what(), typed.exit_status()};
  } catch (const std::bad_alloc&) {
    return with_code("out of memory; try fewer --threads or a smaller --size", ExitCode::device);
  } catch (const c10::OutOfMemoryError& memory) {
    return lack_of_memory(memory.what_without_backtrace());
  } catch (const c10::AcceleratorError& device) {
    return with_code(std::string("the device failed: ") + device.what_without_backtrace(),
                     ExitCode::device);
  } catch (const c10::Error& torch) {
    return report_of_torch(torch);
  } catch (const std::filesystem::filesystem_error& files) {
    return with_code(files.what(), ExitCode::filesystem);
  } catch (const std::exception& other) {
    return with_code(fmt::format("internal error: {}", other.what()), ExitCode::internal);
  } catch (...) {
    return with_code("internal error of an unknown kind", ExitCode::internal);
  }
}

}  // namespace gpst
