// The loops at four floats a vector, for any machine.
#define TENPRINT_WIDTH 4
#define TENPRINT_PANEL 2
#define TENPRINT_PAIRS 0
#define TENPRINT_KERNELS portable_kernels
#define TENPRINT_NAME "portable"
#include "kernels.inl"
