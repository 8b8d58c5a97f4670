#pragma once

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

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
    std::string webhook_url;
    std::vector<std::string> webhook_keys;
    bool remote_webhooks = false;
    std::uint32_t concurrency = 20;
    double call_speed = 1;
    double calls_per_second = 0; ///< 0: none.
    std::string script_file;
    bool help = false;
};

class usage_error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

extern char const* const usage_text;

/// Throws usage_error. Keys come from the environment and from files.
settings parse_command_line(int argc, char const* const* argv);
