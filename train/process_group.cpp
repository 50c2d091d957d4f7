// The one file that knows c10d. Its header of the Gloo backend wants Gloo's own headers, which
// LibTorch does not ship: gloo_forward/ declares what it mentions.
#define USE_C10D_GLOO
#include "train/process_group.h"

#include <ATen/ATen.h>
#include <c10/util/Logging.h>
#include <fmt/format.h>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include <utility>
#include <vector>

#include "base/error.h"

namespace gpst {
namespace {

using std::chrono::seconds;

// The first line of what LibTorch says, without the place in its sources.
std::string reason_of(const std::exception& error) {
  const auto* torch_error = dynamic_cast<const c10::Error*>(&error);
  std::string text = torch_error != nullptr ? torch_error->what_without_backtrace() : error.what();
  text = text.substr(0, text.find('\n'));
  if (text.starts_with('[')) text.erase(0, text.find(']') + 1);
  return text.substr(std::min(text.size(), text.find_first_not_of(' ')));
}

// What went wrong between processes that had found each other.
std::string loss_of(const std::exception& error, seconds timeout) {
  const std::string reason = reason_of(error);
  if (reason.find("imed out") != std::string::npos) {
    return fmt::format("another process has not answered for {} s ({})", timeout.count(), reason);
  }
  return fmt::format("another process is gone; its own message says why ({})", reason);
}

template <class Call>
void among(const GroupPlace& place, const char* what, seconds timeout, const Call& call) {
  try {
    call();
  } catch (const std::exception& error) {
    throw IoError(
        fmt::format("{} the {} processes: {}", what, place.size, loss_of(error, timeout)));
  }
}

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

// c10d warns of every attempt to connect to a first process that is not there yet, and logs with a
// stack what it then throws.
class QuietLog {
 public:
  QuietLog() { FLAGS_caffe2_log_level = 3; }  // what ends the program
  ~QuietLog() { FLAGS_caffe2_log_level = before_; }

 private:
  int before_ = FLAGS_caffe2_log_level;
};

c10::intrusive_ptr<c10d::TCPStore> meet(const GroupPlace& place) {
  c10d::TCPStoreOptions options;
  options.port = place.port;
  options.isServer = place.rank == 0;
  options.numWorkers = static_cast<size_t>(place.size);
  options.timeout = place.timeout;
  try {
    return c10::make_intrusive<c10d::TCPStore>(place.host, options);
  } catch (const std::exception& error) {
    const std::string where = fmt::format("{}:{}", place.host, place.port);
    const std::string fix =
        place.rank == 0
            ? "is the port taken, or has another process not started? Name another place with "
              "--rendezvous HOST:PORT"
            : "is the first process running there? --rendezvous HOST:PORT names another place";
    throw IoError(fmt::format("process {} of {} met no others at {} within {} s: {} ({})",
                              place.rank, place.size, where, place.timeout.count(), fix,
                              reason_of(error)));
  }
}

std::shared_ptr<gloo::transport::Device> network_device(const GroupPlace& place) {
  using Gloo = c10d::ProcessGroupGloo;
  if (const char* interface = std::getenv("GLOO_SOCKET_IFNAME")) {
    return Gloo::createDeviceForInterface(interface);
  }
  return is_loopback(place.host) ? Gloo::createDeviceForHostname(place.host)
                                 : Gloo::createDefaultDevice();
}

class Sum : public ProcessGroup::Pending {
 public:
  Sum(const GroupPlace& place, c10d::ProcessGroupGloo& gloo, at::Tensor values)
      : place_(place), values_(std::move(values)), buffers_{values_.to(at::kCPU)} {
    among(place_, "summing over", place_.timeout, [&] { work_ = gloo.allreduce(buffers_); });
  }
  void wait() override {
    among(place_, "summing over", place_.timeout, [&] { work_->wait(); });
    if (!values_.is_cpu()) values_.copy_(buffers_.front());
  }

 private:
  const GroupPlace& place_;
  at::Tensor values_;
  std::vector<at::Tensor> buffers_;  // one, in the memory of the host
  c10::intrusive_ptr<c10d::Work> work_;
};

}  // namespace

struct ProcessGroup::Engine {
  c10::intrusive_ptr<c10d::TCPStore> store;
  c10::intrusive_ptr<c10d::ProcessGroupGloo> gloo;
};

ProcessGroup::ProcessGroup(GroupPlace place, std::unique_ptr<Engine> engine)
    : place_(std::move(place)), engine_(std::move(engine)) {}

ProcessGroup::~ProcessGroup() = default;

std::unique_ptr<ProcessGroup> ProcessGroup::join(const GroupPlace& place) {
  const QuietLog quiet;
  auto engine = std::make_unique<Engine>();
  engine->store = meet(place);
  among(place, "connecting", place.timeout, [&] {
    auto options = c10d::ProcessGroupGloo::Options::create(place.timeout);
    options->devices.push_back(network_device(place));
    engine->gloo =
        c10::make_intrusive<c10d::ProcessGroupGloo>(engine->store, place.rank, place.size, options);
  });
  return std::unique_ptr<ProcessGroup>(new ProcessGroup(place, std::move(engine)));
}

std::unique_ptr<ProcessGroup::Pending> ProcessGroup::start_sum(const at::Tensor& values) {
  return std::make_unique<Sum>(place_, *engine_->gloo, values);
}

void ProcessGroup::broadcast(const at::Tensor& values, std::optional<seconds> timeout) {
  const seconds limit = timeout.value_or(place_.timeout);
  std::vector<at::Tensor> buffers = {values.to(at::kCPU)};
  among(place_, "hearing from the first of", limit, [&] {
    c10d::BroadcastOptions options;
    options.timeout = limit;
    engine_->gloo->broadcast(buffers, options)->wait();
  });
  if (!values.is_cpu()) values.copy_(buffers.front());
}

}  // namespace gpst
