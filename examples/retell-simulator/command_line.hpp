#pragma once

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>

/// What the program was asked to do.
class settings {
public:
    std::string address = "127.0.0.1";
    std::uint16_t port = 4010;
    bool allow_remote = false;
    std::string account = "demo"; ///< "demo", "empty" or a file.
    std::string state_file;
    std::string api_key;
    std::string certificate_file, key_file;
    std::chrono::milliseconds latency{0};
    double rate_limit = 0;
    std::uint64_t seed = 1;
    bool help = false;
};

class usage_error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

extern char const* const usage_text;

/// Throws usage_error. The key may also come from the environment.
settings parse_command_line(int argc, char const* const* argv);
