// The faults that GPST_TEST_FAULTS asks for; see files.h for its grammar. Internal to base/.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string_view>
#include <vector>

namespace gpst {

enum class StorageCall : std::uint8_t { open, write, fsync, rename, mkdir, close, remove };

// What is to happen to one call.
struct Fault {
  int error = 0;      // fail with this errno; 0: nothing
  bool kill = false;  // end the process instead
};

// Counts the calls of each kind and knows which are to fail. Thread-safe.
class StorageFaults {
 public:
  // ConfigError when the text is not as files.h says.
  explicit StorageFaults(std::string_view specification);
  Fault next(StorageCall call);

 private:
  struct Rule {
    StorageCall call;
    std::int64_t first;
    bool and_later;
    Fault fault;
  };
  std::vector<Rule> rules_;
  std::map<StorageCall, std::int64_t> counts_;
  std::mutex mutex_;
};

// Those of this process, from its environment at the first call.
StorageFaults& process_faults();
// Others from now on, counted from here; for tests, while one thread is running.
void set_process_faults(std::string_view specification);

}  // namespace gpst
