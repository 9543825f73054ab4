import { useEffect, useId, useRef, useState, type FormEvent } from "react";

import type { Relation, RelationChanges } from "../../javascript/gallery-types";
import { FocalPointPicker } from "./FocalPointPicker";
import { nameOf } from "./names";

interface Props {
  relation: Relation;
  onSave: (changes: RelationChanges) => Promise<boolean>;
  onClose: () => void;
}

/** What is said about an image in this gallery, and the point that its crops keep. */
export function Editor({ relation, onSave, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [point, setPoint] = useState(relation.focal_point);
  const [altText, setAltText] = useState(relation.custom_alt_text);
  const heading = useId();

  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);

  const save = async (event: FormEvent) => {
    event.preventDefault();
    if (await onSave({ focal_point: point, custom_alt_text: altText })) onClose();
  };

  return (
    <dialog className="gallery-editor" ref={dialog} aria-labelledby={heading} onCancel={onClose}>
      <form onSubmit={save}>
        <h3 id={heading}>{nameOf(relation)}</h3>
        <FocalPointPicker
          src={relation.variants["sm"] ?? relation.variants.original}
          // Until it is moved here it is the image's own, and follows that.
          point={point ?? relation.image.focal_point}
          onChange={setPoint}
        />
        <label>
          Alt text
          <textarea
            value={altText}
            maxLength={500}
            placeholder={relation.image.alt_text}
            onChange={(event) => setAltText(event.target.value)}
          />
        </label>
        <div className="gallery-buttons">
          <button type="submit">Save</button>
          <button type="button" onClick={onClose}>
            Cancel
          </button>
        </div>
      </form>
    </dialog>
  );
}
