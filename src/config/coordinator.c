#include "config/parts.h"

#include "base/str.h"
#include "config/file.h"

enum {
    SECRET_MAX_BYTES = 4096,
    SECRET_GOOD_BYTES = 16, /* 128 bits, if they are random */
};

/* A text editor ends the file with a line feed that the secret of another copy may lack. */
static struct bytes without_line_end(struct bytes b)
{
    while (b.n && (b.p[b.n - 1] == '\n' || b.p[b.n - 1] == '\r'))
        b.n--;
    return b;
}

static struct bytes read_secret_file(const struct config_reading *r)
{
    const char *path = "coordinator.hash_secret_file";
    const char *name =
        file_path(r->arena, r->source->folder, r->keys->coordinator.hash_secret_file);
    struct file file = {.content = {0}};
    struct err err;
    if (!file_read(name, SECRET_MAX_BYTES, r->arena, &file, &err)) {
        config_mistake(r, path,
                       "cannot be read: %s: %s; make it with: openssl rand -hex 32, and let mpicd "
                       "read it",
                       config_shown(r, name), err.text);
        return file.content;
    }
    struct bytes secret = without_line_end(file.content);
    if (secret.n == 0)
        config_mistake(r, path, "is an empty file, %s; fill it with: openssl rand -hex 32",
                       config_shown(r, name));
    if (file.is_open_to_all)
        config_warning(r, path, "everybody on this machine can read %s; chmod o-r it",
                       config_shown(r, name));
    return secret;
}

/* Whoever knows the secret can foretell which perspectives will check a name. */
static struct bytes make_secret(const struct config_reading *r)
{
    const struct keys_coordinator *keys = &r->keys->coordinator;
    bool is_inline = config_has(r, "coordinator.hash_secret");
    bool in_file = config_has(r, "coordinator.hash_secret_file");
    const char *path = in_file ? "coordinator.hash_secret_file" : "coordinator.hash_secret";
    struct bytes secret = {0};
    if (is_inline && in_file)
        config_mistake(r, "coordinator.hash_secret",
                       "stands beside hash_secret_file; remove one of them");
    else if (!is_inline && !in_file)
        config_mistake(r, "coordinator",
                       "has neither hash_secret_file nor hash_secret; put 32 random bytes in a "
                       "file with: openssl rand -hex 32, and name it");
    else if (in_file && keys->hash_secret_file)
        secret = read_secret_file(r);
    else
        secret = bytes_of(keys->hash_secret);
    if (bytes_eq(secret, bytes_of("HASH_SECRET_STRING")))
        config_mistake(r, path,
                       "is the placeholder of Open MPIC's example, which everybody knows; make one "
                       "with: openssl rand -hex 32");
    else if (secret.n && secret.n < SECRET_GOOD_BYTES)
        config_warning(r, path,
                       "is shorter than %d bytes and could be guessed; make one with: openssl rand "
                       "-hex 32",
                       SECRET_GOOD_BYTES);
    return secret;
}

static void check_file_mode(const struct config_reading *r)
{
    const struct keys_coordinator *keys = &r->keys->coordinator;
    const struct keys_remote *remotes = keys->perspectives.items;
    bool has_secret = keys->hash_secret != NULL;
    for (size_t i = 0; i < keys->perspectives.count; i++)
        has_secret |= remotes[i].headers.count > 0;
    if (has_secret && r->source->is_open_to_all)
        config_warning(r, "coordinator",
                       "everybody on this machine can read this file, and it holds secrets "
                       "(hash_secret or headers); chmod o-r it");
}

static void check_primary_place(const struct config_reading *r)
{
    const struct coordinator_settings *settings = &r->config->coordinator;
    const struct keys_primary *keys = &r->keys->coordinator.primary;
    if (keys->latitude.present != keys->longitude.present)
        config_mistake(r, "coordinator.primary",
                       "has only one of latitude and longitude; add the other");
    else if (!keys->latitude.present && keys->too_close_codes.count == 0)
        config_warning(r, "coordinator.primary",
                       "does not say where it is, so nobody can tell whether it is 500 km from the "
                       "others (BR 3.2.2.9); add latitude and longitude");
    for (size_t i = 0; i < settings->perspective_count; i++)
        if (perspectives_are_too_close(&settings->primary, &settings->perspectives[i]))
            config_warning(
                r, "coordinator.primary",
                "is under 500 km from %s: with both, a result is not valid (BR 3.2.2.9); "
                "move one of them, or leave %s out",
                settings->perspectives[i].code, settings->perspectives[i].code);
}

/* The Primary Network Perspective is one more perspective of this process, with a resolver of its own. */
static void make_primary(const struct config_reading *r)
{
    const struct keys_primary *keys = &r->keys->coordinator.primary;
    struct config *config = r->config;
    config_check_code(r, "coordinator.primary.code", keys->code);
    if (!config->serves_checks) {
        config_mistake(r, "coordinator.primary",
                       "needs the settings of a section perspective in this file; add one");
        return;
    }
    r->locals[config->local_count] = r->locals[0];
    r->locals[config->local_count].perspective_code = keys->code;
    r->locals[config->local_count].is_primary = true;
    config->primary = config->local_count++;
    config->coordinator.has_primary = true;
    config->coordinator.primary = (struct perspective_info){
        .code = keys->code,
        .has_coordinates = keys->latitude.present && keys->longitude.present,
        .latitude = keys->latitude.value,
        .longitude = keys->longitude.value,
        .too_close_codes = keys->too_close_codes,
    };
    check_primary_place(r);
}

/* NULL: the version of the day, which is right unless a new one came into force that we do not know. */
static const char *br_version(const struct config_reading *r)
{
    const char *version = r->keys->coordinator.br_version;
    if (!version || baseline_version_is_valid(version))
        return version;
    config_mistake(r, "coordinator.br_version",
                   "is \"%s\", which is no version of the Baseline Requirements; write one such as "
                   "2.2.8, or remove it",
                   config_shown(r, version));
    return NULL;
}

void config_make_coordinator(const struct config_reading *r)
{
    const struct keys_coordinator *keys = &r->keys->coordinator;
    r->config->serves_mpic = true;
    r->config->coordinator = (struct coordinator_settings){
        .secret = make_secret(r),
        .default_perspective_count = (size_t)keys->default_perspective_count,
        .absolute_max_attempts = (size_t)keys->absolute_max_attempts,
        .perspective_timeout_ms = (unsigned)keys->perspective_timeout_ms,
        .request_timeout_ms = (unsigned)keys->request_timeout_ms,
        .baseline = (enum baseline_mode)keys->baseline,
        .br_version = br_version(r),
        .from_one_place = r->source->is_dev,
        .returns_early = keys->return_early,
        .return_early_grace_ms = (unsigned)keys->return_early_grace_ms,
        .health_failures_before_leaving_out = (unsigned)keys->health_failures_before_leaving_out,
        .health_probe_interval_ms = (unsigned)keys->health_probe_interval_ms,
    };
    if (r->keys->audit.file)
        r->config->audit_file = file_path(r->arena, r->source->folder, r->keys->audit.file);
    check_file_mode(r);
    config_make_remotes(r);
    if (config_has(r, "coordinator.primary"))
        make_primary(r);
    config_check_baseline(r);
}
