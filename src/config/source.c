#include "config/source.h"

#include "config/file.h"
#include "config/yaml.h"
#include "crypto/digest.h"
#include "net/interfaces.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

enum { MAX_WORKERS = 64, DEV_SECRET_BYTES = 32 };

/*
 * One place, so that nothing is corroborated in earnest: `baseline: warn`. One worker, because each
 * perspective has a resolver of its own in every worker.
 */
static const char dev_text[] =
    "server: {listen: \"%s\", workers: 1, insecure: %s}\n"
    "perspective:\n"
    "  code: us-east-2\n"
    "  caa_domains: [ca.example]\n"
    "coordinator:\n"
    "  hash_secret: \"%s\"\n"
    "  baseline: warn\n"
    "  perspectives:\n"
    "    - {code: us-east-2, name: US East (Ohio), rir: ARIN, latitude: 39.96, longitude: -83.00, "
    "local: true}\n"
    "    - {code: us-west-2, name: US West (Oregon), rir: ARIN, latitude: 45.84, longitude: "
    "-119.70, local: true}\n"
    "    - {code: eu-west-2, name: Europe (London), rir: RIPE NCC, latitude: 51.51, longitude: "
    "-0.13, local: true}\n"
    "    - {code: eu-central-1, name: Europe (Frankfurt), rir: RIPE NCC, latitude: 50.11, "
    "longitude: 8.68, local: true}\n"
    "    - {code: ap-northeast-1, name: Asia Pacific (Tokyo), rir: APNIC, latitude: 35.68, "
    "longitude: 139.69, local: true}\n"
    "    - {code: sa-east-1, name: South America (Sao Paulo), rir: LACNIC, latitude: -23.55, "
    "longitude: -46.63, local: true}\n"
    "log: {format: text}\n";

/* The defaults of a perspective, for one check from this machine. */
static const char probe_text[] = "perspective: {code: here}\n";

static bool find_own_addresses(struct arena *arena, struct config_source *out, struct err *err)
{
    struct address *list = interfaces_read(&out->own_address_count, err);
    if (!list)
        return false;
    struct address *own = arena_array(arena, out->own_address_count, sizeof *own);
    memcpy(own, list, out->own_address_count * sizeof *own);
    out->own_addresses = own;
    free(list);
    return true;
}

static unsigned count_cpus(void)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count < 1 ? 1 : count > MAX_WORKERS ? MAX_WORKERS : (unsigned)count;
}

static bool look_around(struct arena *arena, struct config_source *out, struct err *err)
{
    out->now_s = (int64_t)time(NULL);
    out->cpus = count_cpus();
    return find_own_addresses(arena, out, err);
}

bool config_source_file(const char *path, struct arena *arena, struct config_source *out,
                        struct err *err)
{
    struct file file;
    /* One byte more than is allowed, so that a file that is too large is told in the same words. */
    if (!file_read(path, YAML_MAX_BYTES + 1, arena, &file, err))
        return err_prefix(err, "cannot be read");
    *out = (struct config_source){.name = path,
                                  .text = file.content,
                                  .folder = file_folder(arena, path),
                                  .is_open_to_all = file.is_open_to_all};
    return look_around(arena, out, err);
}

bool config_source_dev(const char *listen, struct arena *arena, struct config_source *out,
                       struct err *err)
{
    uint8_t secret[DEV_SECRET_BYTES];
    if (getrandom(secret, sizeof secret, 0) != (ssize_t)sizeof secret)
        return err_set(err, ERR_IO, "getting random bytes: %s", strerror(errno));
    const char *hex = hex_format(arena, (struct bytes){secret, sizeof secret});
    /* Whoever names another address than loopback wants to be reachable there, and is warned. */
    const char *text = arena_printf(arena, dev_text, listen ? listen : "127.0.0.1:8000",
                                    listen ? "true" : "false", hex);
    *out = (struct config_source){
        .name = "--dev", .text = bytes_of(text), .folder = ".", .is_dev = true};
    return look_around(arena, out, err);
}

bool config_source_probe(struct arena *arena, struct config_source *out, struct err *err)
{
    *out = (struct config_source){
        .name = "the built-in configuration", .text = bytes_of(probe_text), .folder = "."};
    return look_around(arena, out, err);
}
