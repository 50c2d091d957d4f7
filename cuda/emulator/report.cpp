#include "cuda/emulator/report.h"

#include <array>
#include <cstdio>

namespace gpst::emulator {
namespace {

const char* name_of(WarpOperation operation) {
  switch (operation) {
    case WarpOperation::sync:
      return "__syncwarp";
    case WarpOperation::shuffle:
      return "__shfl_sync";
    case WarpOperation::shuffle_up:
      return "__shfl_up_sync";
    case WarpOperation::shuffle_down:
      return "__shfl_down_sync";
    case WarpOperation::shuffle_xor:
      return "__shfl_xor_sync";
    case WarpOperation::ballot:
      return "__ballot_sync";
    case WarpOperation::any:
      return "__any_sync";
    case WarpOperation::all:
      return "__all_sync";
    case WarpOperation::add:
      return "__reduce_add_sync";
    case WarpOperation::min:
    case WarpOperation::unsigned_min:
      return "__reduce_min_sync";
    case WarpOperation::max:
    case WarpOperation::unsigned_max:
      return "__reduce_max_sync";
    case WarpOperation::bit_and:
      return "__reduce_and_sync";
    case WarpOperation::bit_or:
      return "__reduce_or_sync";
    case WarpOperation::bit_xor:
      return "__reduce_xor_sync";
    case WarpOperation::match_any:
      return "__match_any_sync";
  }
  return "a warp operation";
}

std::string request_text(const WarpRequest& request) {
  std::array<char, 16> mask{};
  std::snprintf(mask.data(), mask.size(), "0x%08x", request.mask);
  return std::string(name_of(request.operation)) + " with mask " + mask.data();
}

std::string state_text(const Thread& thread) {
  switch (thread.state) {
    case ThreadState::ready:
      return "can run";
    case ThreadState::at_barrier:
      return "waits at __syncthreads, " + text_of(thread.place);
    case ThreadState::in_warp_operation:
      return "waits in " + request_text(thread.request) + ", " + text_of(thread.place);
    case ThreadState::exited:
      return "has exited";
  }
  return "";
}

}  // namespace

std::string text_of(const Place& place) {
  return std::string(place.file_name()) + ":" + std::to_string(place.line());
}

std::string text_of(const cuda::uint3& index) {
  return "(" + std::to_string(index.x) + ", " + std::to_string(index.y) + ", " +
         std::to_string(index.z) + ")";
}

std::string launch_text(const Machine& m) {
  return std::string("kernel ") + m.kernel->name + ", block " + text_of(m.block);
}

std::string thread_text(const Thread& thread) { return "thread " + text_of(thread.index); }

std::string describe_divergence(const Machine& m, const Place& here, const Thread& other) {
  return launch_text(m) + ": divergent barrier: " + thread_text(*m.current) +
         " waits at __syncthreads, " + text_of(here) + ", but " + thread_text(other) + " " +
         state_text(other);
}

std::string describe_exit_at_barrier(const Machine& m, const Place& barrier) {
  std::string exited = "a thread";
  for (int i = m.thread_count - 1; i >= 0; --i) {
    const Thread& thread = m.threads[static_cast<size_t>(i)];
    if (thread.state == ThreadState::exited) exited = thread_text(thread);
  }
  return launch_text(m) + ": " + exited + " has exited, but others wait at __syncthreads, " +
         text_of(barrier);
}

std::string describe_deadlock(const Machine& m) {
  std::string text = launch_text(m) + ": deadlock:";
  int told = 0;
  std::string last;
  for (int i = 0; i < m.thread_count && told < 8; ++i) {
    const Thread& thread = m.threads[static_cast<size_t>(i)];
    const std::string state = state_text(thread);
    if (state == last) continue;
    text += (told++ == 0 ? " " : "; ") + thread_text(thread) + " " + state;
    last = state;
  }
  return text;
}

std::string describe_mask_without_self(const Machine& m, const WarpRequest& request,
                                       const Place& place) {
  return launch_text(m) + ": " + thread_text(*m.current) + " calls " + request_text(request) +
         ", " + text_of(place) + ", which does not name its own lane " +
         std::to_string(m.current->number % kLanes);
}

std::string describe_exited_lane(const Machine& m, const Thread& waiting,
                                 const WarpRequest& request, const Place& place,
                                 const Thread& exited) {
  return launch_text(m) + ": " + thread_text(waiting) + " waits in " + request_text(request) +
         ", " + text_of(place) + ", for lane " + std::to_string(exited.number % kLanes) + ", " +
         thread_text(exited) + ", which has exited";
}

std::string describe_disagreement(const Machine& m, const WarpRequest& request, const Place& place,
                                  const Thread& other) {
  return launch_text(m) + ": lanes of a warp disagree: " + thread_text(*m.current) + " calls " +
         request_text(request) + ", " + text_of(place) + ", but " + thread_text(other) + " " +
         state_text(other);
}

std::string describe_absent_source(const Machine& m, const Thread& thread, int source) {
  return launch_text(m) + ": " + thread_text(thread) + " reads lane " + std::to_string(source) +
         " in " + request_text(thread.request) + ", " + text_of(thread.place) +
         ", but that lane takes no part";
}

}  // namespace gpst::emulator
