#include <iostream>
#include <trunkline/core/error.hpp>

int main()
{
    auto const code = make_error_code(trunkline::errc::not_found);
    std::cout << code.category().name() << ": " << code.message() << '\n';
}
