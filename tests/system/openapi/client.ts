// A client as a CA would write it, on types generated from docs/openapi.json (schema.d.ts). It is compiled, not run.
import createClient from "openapi-fetch";
import type { paths } from "./schema";

const client = createClient<paths>({ baseUrl: "http://127.0.0.1:1" });

// Only what must be there.
export async function mayIssue(name: string): Promise<boolean> {
  const { data, error } = await client.POST("/mpic", { body: { check_type: "caa", domain_or_ip_target: name } });
  if (data === undefined) throw new Error(JSON.stringify(error));
  return data.is_valid;
}

export async function controls(name: string, token: string, key: string): Promise<string[]> {
  const { data } = await client.POST("/mpic", {
    body: {
      domain_or_ip_target: name,
      dcv_check_parameters: { validation_method: "acme-http-01", token, key_authorization: key },
    },
  });
  if (data === undefined) return [];
  return (data.perspectives ?? []).map((one) => one.perspective_code);
}

export async function onePerspective(name: string): Promise<boolean> {
  const { data } = await client.POST("/caa", { body: { domain_or_ip_target: name } });
  return data !== undefined && data.check_completed && data.check_passed;
}

export async function isUp(): Promise<boolean> {
  const { data } = await client.GET("/healthz");
  return data?.status === "healthy";
}

// @ts-expect-error: the target must be there. (The compiler fails if this compiles.)
export const without = client.POST("/mpic", { body: { check_type: "caa" } });
export const unknownMethod = client.POST("/mpic", {
  // @ts-expect-error: there is no such method.
  body: { check_type: "dcv", domain_or_ip_target: "a.example", dcv_check_parameters: { validation_method: "dns-01", token: "x" } },
});
