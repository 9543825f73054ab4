import { useEffect, useState } from "react";

import { GalleryClient } from "../../javascript/gallery-client.js";
import { csrfFromCookie } from "../../javascript/gallery-login.js";
import { ImageGallery, type GalleryObject } from "./ImageGallery";

interface Organization {
  id: number;
  slug: string;
  name: string;
}

type State =
  | { is: "loading" | "anonymous" | "nowhere" }
  | { is: "ready"; client: GalleryClient; object: GalleryObject; title: string };

/**
 * A page of the same site, with its session: the gallery of the first of your organisations, or of
 * `?organization=acme&object=catalog/product/7`.
 */
export function Demo() {
  const [state, setState] = useState<State>({ is: "loading" });
  useEffect(() => void begin().then(setState), []);
  return (
    <main>
      {state.is === "loading" && <p>Loading …</p>}
      {state.is === "nowhere" && <p>You are in no organisation.</p>}
      {state.is === "anonymous" && (
        <p>
          <a href={`/login/login/?next=${encodeURIComponent(location.pathname + location.search)}`}>Log in</a> to see
          your gallery.
        </p>
      )}
      {state.is === "ready" && (
        <>
          <h1>{state.title}</h1>
          <ImageGallery client={state.client} object={state.object} />
        </>
      )}
    </main>
  );
}

async function begin(): Promise<State> {
  const wanted = new URLSearchParams(location.search);
  const answer = await fetch("/api/v1/orgs/?limit=200");
  if (!answer.ok) return { is: "anonymous" };
  const organizations: Organization[] = (await answer.json()).results;
  const slug = wanted.get("organization");
  const organization = organizations.find((each) => slug === null || each.slug === slug);
  if (!organization) return { is: "nowhere" };
  const object = wanted.get("object") ?? `orgs/organization/${organization.id}`;
  const [appLabel = "", model = "", id = ""] = object.split("/");
  return {
    is: "ready",
    client: new GalleryClient({ organization: organization.slug, csrfToken: csrfFromCookie }),
    object: { appLabel, model, id },
    title: organization.name,
  };
}
