#pragma once

#include <trunkline/store/store.hpp>

#include <trunkline/core/diagnostics.hpp>
#include <trunkline/core/time.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trunkline::store::testing {

/// A folder of its own for one test, removed with everything in it. Others may enter it.
class folder {
public:
    folder();
    folder(folder const&) = delete;
    folder& operator=(folder const&) = delete;
    ~folder();

    std::string const& path() const noexcept { return path_; }
    std::string file(std::string_view name = "store.db") const
    {
        return path_ + "/" + std::string(name);
    }
    std::string url(std::string_view name = "store.db") const { return "sqlite://" + file(name); }
    std::vector<std::string> files() const; ///< Paths, sorted.

private:
    std::string path_;
};

/// Sets (or, without a value, unsets) an environment variable for the duration of a test.
class variable {
public:
    variable(char const* name, std::optional<std::string> value);
    variable(variable const&) = delete;
    variable& operator=(variable const&) = delete;
    ~variable();

private:
    char const* name_;
    std::optional<std::string> before_;
};

/// What a call threw: nothing, or code and message.
class outcome {
public:
    outcome() {}
    std::optional<errc> code;
    std::string message;
    bool says(std::string_view part) const { return message.find(part) != std::string::npos; }
};

outcome attempt(std::function<void()> const& call);

std::string read_file(std::string const& path);
void write_file(std::string const& path, std::string_view content, unsigned mode = 0600);
unsigned mode_of(std::string const& path);
std::int64_t size_of(std::string const& path);
bool file_exists(std::string const& path);

/// Runs SQL behind the store's back, foreign keys off.
void tamper(std::string const& path, std::string const& sql);
/// The single value of a query, as text.
std::string ask(std::string const& path, std::string const& sql);

/// Runs `body` in a child process and returns its result (0..255), or nothing if it was killed.
/// As an ordinary user if `unprivileged`: root may write what modes forbid.
std::optional<int> in_child(std::function<int()> const& body, bool unprivileged = false);

tenant_id const& acme();
tenant_id const& other();

} // namespace trunkline::store::testing
