import { useCallback, useEffect, useMemo, useRef, useState } from "react";

import type { GalleryClient } from "../../javascript/gallery-client.js";
import type {
  Outcome,
  Relation,
  RelationChanges,
  UploadManyOptions,
} from "../../javascript/gallery-types";
import { nameOf } from "./names";

/** The state of a gallery: shown at once, sent one after the other, read anew after a refusal. */
export function useGallery(
  client: GalleryClient,
  appLabel: string,
  model: string,
  id: string | number,
) {
  const gallery = useMemo(
    () => client.gallery(appLabel, model, id),
    [client, appLabel, model, id],
  );
  const [relations, setRelations] = useState<Relation[] | null>(null);
  const [error, setError] = useState("");
  const [status, setStatus] = useState("");
  // What is shown now, for what happens between two renderings.
  const shown = useRef<Relation[]>([]);
  const sent = useRef<Promise<unknown>>(Promise.resolve());

  const show = useCallback((next: Relation[]) => {
    shown.current = next;
    setRelations(next);
  }, []);

  useEffect(() => {
    let isWanted = true;
    gallery.list().then(
      (found) => isWanted && show(found),
      (failure: Error) => isWanted && setError(failure.message),
    );
    return () => {
      isWanted = false;
    };
  }, [gallery, show]);

  /** Send what is shown already; resolve to whether that went well. */
  const send = useCallback(
    (action: () => Promise<unknown>): Promise<boolean> => {
      const result = sent.current.then(action).then(
        () => {
          setError("");
          return true;
        },
        async (failure: Error) => {
          setError(failure.message);
          await gallery.list().then(show, () => {});
          return false;
        },
      );
      sent.current = result;
      return result;
    },
    [gallery, show],
  );

  const move = useCallback(
    (from: number, to: number) => {
      const next = [...shown.current];
      const [moved] = next.splice(from, 1);
      if (!moved || to < 0 || to > next.length) return;
      next.splice(to, 0, moved);
      show(next);
      setStatus(`${nameOf(moved)} is number ${to + 1} of ${next.length}.`);
      // As it is shown by then, for the images of an upload may have come in between.
      void send(() => gallery.reorder(shown.current.map(({ image }) => image.id)));
    },
    [gallery, send, show],
  );

  const setCover = (imageId: number) => {
    show(shown.current.map((each) => ({ ...each, is_cover: each.image.id === imageId })));
    void send(() => gallery.setCover(imageId));
  };

  const remove = (imageId: number) => {
    void send(async () => {
      await gallery.detach([imageId]);
      // The cover is handed on by the server.
      const cover = (await gallery.list()).find(({ is_cover: isCover }) => isCover);
      const rest = shown.current.filter(({ image }) => image.id !== imageId);
      show(rest.map((each) => ({ ...each, is_cover: each.id === cover?.id })));
    });
  };

  const update = (imageId: number, changes: RelationChanges) =>
    send(async () => {
      const changed = await gallery.update(imageId, changes);
      show(shown.current.map((each) => (each.image.id === imageId ? changed : each)));
    });

  const upload = async (files: File[], options: UploadManyOptions): Promise<Outcome[]> => {
    // What is arranged meanwhile does not wait for the files, only for their place in the gallery.
    const outcomes = await client.uploadMany(files, options);
    const ids = outcomes.flatMap(({ image }) => (image ? [image.id] : []));
    if (ids.length > 0) {
      await send(async () => {
        const attached = await gallery.attach(ids);
        const known = new Set(shown.current.map(({ id: relationId }) => relationId));
        show([...shown.current, ...attached.filter((each) => !known.has(each.id))]);
      });
    }
    setStatus(`${ids.length} of ${files.length} files uploaded.`);
    return outcomes;
  };

  return { relations, error, status, move, setCover, remove, update, upload };
}
