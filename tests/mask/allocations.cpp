// operator new of this program counts, and fails where a test wants it to.

#include "mask/allocations.hpp"

#include <cstdlib>
#include <new>

namespace mask_test {

thread_local long allocations_left = -1;
thread_local std::size_t allocations = 0;

} // namespace mask_test

void* operator new(std::size_t size)
{
    using namespace mask_test;
    ++allocations;
    if (allocations_left == 0) throw std::bad_alloc();
    if (allocations_left > 0) --allocations_left;
    if (auto* const p = std::malloc(size ? size : 1)) return p;
    throw std::bad_alloc();
}

void operator delete(void* p) noexcept
{
    std::free(p);
}

void operator delete(void* p, std::size_t) noexcept
{
    std::free(p);
}
