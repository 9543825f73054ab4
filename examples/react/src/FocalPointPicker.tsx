import { useRef, type KeyboardEvent, type PointerEvent } from "react";

import type { FocalPoint } from "../../javascript/gallery-types";

interface Props {
  src: string;
  point: FocalPoint;
  onChange: (point: FocalPoint) => void;
}

const DIRECTIONS: Record<string, [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** A point on a picture: by mouse or finger, or by arrow keys, with Shift in steps of ten. */
export function FocalPointPicker({ src, point, onChange }: Props) {
  const stage = useRef<HTMLDivElement>(null);
  const [x, y] = [percent(point.x), percent(point.y)];

  const pick = (event: PointerEvent) => {
    const box = stage.current!.getBoundingClientRect();
    onChange(
      fromPercent(
        ((event.clientX - box.left) / box.width) * 100,
        ((event.clientY - box.top) / box.height) * 100,
      ),
    );
  };

  const step = (event: KeyboardEvent) => {
    const direction = DIRECTIONS[event.key];
    if (!direction) return;
    event.preventDefault();
    const size = event.shiftKey ? 10 : 1;
    onChange(fromPercent(x + direction[0] * size, y + direction[1] * size));
  };

  return (
    <div
      className="focal-stage"
      ref={stage}
      onPointerDown={(event) => {
        event.preventDefault(); // of selecting, and of taking the focus from the dot
        stage.current!.setPointerCapture(event.pointerId);
        pick(event);
      }}
      onPointerMove={(event) => {
        if (stage.current!.hasPointerCapture(event.pointerId)) pick(event);
      }}
    >
      <img src={src} alt="" draggable={false} />
      <span
        className="focal-dot"
        role="slider"
        tabIndex={0}
        aria-label="Focal point"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={x}
        aria-valuetext={`${x}% from the left, ${y}% from the top`}
        // By script, which the policy lets do what it forbids to markup.
        style={{ left: `${x}%`, top: `${y}%` }}
        onKeyDown={step}
      />
    </div>
  );
}

function percent(fraction: number): number {
  return Math.round(fraction * 100);
}

function fromPercent(x: number, y: number): FocalPoint {
  const fraction = (value: number) => Math.min(100, Math.max(0, Math.round(value))) / 100;
  return { x: fraction(x), y: fraction(y) };
}
