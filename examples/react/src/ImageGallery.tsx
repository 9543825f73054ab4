import { useId, useRef, useState } from "react";

import type { GalleryClient } from "../../javascript/gallery-client.js";
import { Card } from "./Card";
import { Editor } from "./Editor";
import { Uploads } from "./Uploads";
import { useGallery } from "./useGallery";
import { useSortable } from "./useSortable";
import "./gallery.css";

/** An object that has a gallery. */
export interface GalleryObject {
  appLabel: string;
  model: string;
  id: string | number;
}

interface Props {
  client: GalleryClient;
  object: GalleryObject;
}

/** The gallery of one object, to look at and to arrange. */
export function ImageGallery({ client, object: { appLabel, model, id } }: Props) {
  const gallery = useGallery(client, appLabel, model, id);
  const [edited, setEdited] = useState<number | null>(null);
  const list = useRef<HTMLOListElement>(null);
  const heading = useId();
  useSortable(list, gallery.move);

  const { relations } = gallery;
  const relation = relations?.find(({ image }) => image.id === edited);
  return (
    <section className="gallery" aria-labelledby={heading} aria-busy={relations === null}>
      <h2 id={heading}>Gallery</h2>
      <Uploads upload={gallery.upload} />
      {gallery.error && (
        <p className="gallery-error" role="alert">
          {gallery.error}
        </p>
      )}
      {relations?.length === 0 && <p>There are no images yet.</p>}
      <ol className="gallery-cards" ref={list} aria-labelledby={heading}>
        {relations?.map((each, index) => (
          <Card
            key={each.image.id}
            relation={each}
            isFirst={index === 0}
            isLast={index === relations.length - 1}
            onMove={(step) => gallery.move(index, index + step)}
            onCover={() => gallery.setCover(each.image.id)}
            onEdit={() => setEdited(each.image.id)}
            onRemove={() => gallery.remove(each.image.id)}
          />
        ))}
      </ol>
      <p className="gallery-status" role="status">
        {gallery.status}
      </p>
      {relation && (
        <Editor
          key={relation.image.id}
          relation={relation}
          onSave={(changes) => gallery.update(relation.image.id, changes)}
          onClose={() => setEdited(null)}
        />
      )}
    </section>
  );
}
