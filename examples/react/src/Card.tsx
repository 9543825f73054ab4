import type { Relation } from "../../javascript/gallery-types";
import { nameOf } from "./names";

interface Props {
  relation: Relation;
  isFirst: boolean;
  isLast: boolean;
  onMove: (step: -1 | 1) => void;
  onCover: () => void;
  onEdit: () => void;
  onRemove: () => void;
}

/** One image of the gallery. */
export function Card({ relation, isFirst, isLast, onMove, onCover, onEdit, onRemove }: Props) {
  const name = nameOf(relation);
  const { image, variants, decorative, alt_text: altText, is_cover: isCover } = relation;
  return (
    <li className="gallery-card">
      <div className="gallery-picture">
        <img
          src={variants["thumb"] ?? variants.original}
          alt={decorative ? "" : altText}
          width={160}
          height={160}
          // What is not loaded yet has the picture's own colour.
          style={{ backgroundColor: image.placeholder.color }}
          draggable={false}
        />
      </div>
      <p className="gallery-name">{name}</p>
      <div className="gallery-buttons">
        {/* Not `disabled`: the keyboard's focus would get lost at either end. */}
        <button aria-disabled={isFirst} aria-label={`Move ${name} back`} onClick={() => onMove(-1)}>
          ←
        </button>
        <button aria-disabled={isLast} aria-label={`Move ${name} on`} onClick={() => onMove(1)}>
          →
        </button>
        <button aria-pressed={isCover} aria-label={`Cover: ${name}`} onClick={onCover}>
          Cover
        </button>
        <button aria-label={`Edit ${name}`} onClick={onEdit}>
          Edit
        </button>
        <button aria-label={`Remove ${name}`} onClick={onRemove}>
          Remove
        </button>
      </div>
    </li>
  );
}
