<?php
// For web server workers, in php.ini:
//
//     opcache.preload = /path/to/trunkline/preload.php
//     ffi.enable = preload
//
// Loads the library once in the parent of all workers, and the classes that may use FFI then.
//
//     php preload.php > trunkline-scope.h      for ffi.preload: where opcache.preload_user is set, a preload script may not
//                                              load, and without ffi.preload each request reads the declarations (50 us)

declare(strict_types=1);

namespace Trunkline;

use Trunkline\Internal\Declarations;
use Trunkline\Internal\Library;

require_once __DIR__ . '/autoload.php';

$header = '#define FFI_SCOPE "' . Library::SCOPE . "\"\n#define FFI_LIB \"" . Library::path() . "\"\n" . Declarations::TEXT;

// While PHP preloads there is no script yet.
if (PHP_SAPI === 'cli' && (string) ini_get('opcache.preload') === '' && realpath($_SERVER['SCRIPT_FILENAME'] ?? '') === __FILE__) {
    echo $header;
    return;
}

foreach (['Internal/', '', 'Exception/'] as $folder)
    foreach (glob(__DIR__ . "/src/$folder*.php") as $file) {
        // Those of other packages' interfaces have no FFI in them, and can wait until these are there.
        if (in_array(basename($file), ['Cache.php', 'CacheKeyInvalid.php'], true)) continue;
        class_exists('Trunkline\\' . strtr($folder, '/', '\\') . basename($file, '.php'));
    }

try {
    \FFI::scope(Library::SCOPE);    // ffi.preload was faster
} catch (\FFI\Exception) {
    $file = tempnam(sys_get_temp_dir(), 'trunkline');
    try {
        file_put_contents($file, $header);
        \FFI::load($file);
    } catch (\FFI\Exception) {
        // opcache.preload_user is set: each request reads the declarations, in code that is preloaded and may.
    } finally {
        unlink($file);
    }
}
