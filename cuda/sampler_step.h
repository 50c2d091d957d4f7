// One update of an Euler sampler, SDE or ODE, guided or not, last step included (numerics section
// 7; the table of coefficients is made by flow/step_table):
//   x <- c0 x + c1 (output with class) + c2 (output without class) + c3 normal
// The row of the table is read from a counter on the device, so that a captured graph of a step
// needs no change from step to step.
#pragma once

#include <cstdint>

#include "base/philox.h"
#include "cuda/bf16.h"
#include "cuda/stream.h"

namespace gpst::cuda {

// What the net made of the states: rows with class, one a picture, and behind them, in guided
// steps, as many without. T is float or Bf16. Strides in elements; a multiple of 4 tokens next to
// each other (token_stride 1) is read in vectors, anything else value by value.
template <class T>
struct NetOutput {
  const T* values;  // [B or 2 B, C or more, tokens]
  int64_t row_stride, channel_stride, token_stride;
  bool has_none;  // 2 B rows
};

struct StepCoefficients {
  const float* rows;  // [steps, 4]: state, class, none, noise
  int64_t steps;      // at most 2^24
  const int* step;    // [1]: the row in force
};

// Normals are number i of PhiloxStream(seed, pictures[b], purpose, step), i in [C, tokens] order.
struct StepNoise {
  const int64_t* pictures;  // [B]
  uint64_t seed;
  Purpose purpose;
};

struct StateShape {
  int64_t pictures, channels, tokens;
  // The first of the channels, for which the rows without class count; 0: all. The others take the
  // output with class in both places.
  int64_t guided_channels = 0;
};

// Rows without class are not read where their coefficient is 0, noise is not drawn where its
// coefficient is 0. A counter outside the table, and a coefficient of rows that are not there, make
// every state NaN: the host cannot be told without waiting for it. InputError when a size does not
// fit an int, or more channels are guided than there are.
template <class T>
void sampler_step(float* x,  // [B, C, tokens], read and written
                  const NetOutput<T>& output, const StepCoefficients& coefficients,
                  const StepNoise& noise, const StateShape& shape, Stream stream);

// step[0] += 1, behind all that read it.
void advance_step(int* step,  // [1]
                  Stream stream);

}  // namespace gpst::cuda
