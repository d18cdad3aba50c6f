import { normalise } from '../../text/normalise.ts';

/** What WhatsApp, Telegram, Signal, Slack and Discord leave where a message was deleted, in the app's language. */
const MARKS: ReadonlySet<string> = new Set(
  [
    'This message was deleted',
    'This message has been deleted',
    'You deleted this message',
    'This message was deleted by admin',
    'Deleted message',
    'Message deleted',
    'Original message deleted',
    'Diese Nachricht wurde gelöscht',
    'Du hast diese Nachricht gelöscht',
    'Nachricht gelöscht',
    'Se eliminó este mensaje',
    'Este mensaje fue eliminado',
    'Eliminaste este mensaje',
    'Mensaje eliminado',
    'Ce message a été supprimé',
    'Vous avez supprimé ce message',
    'Message supprimé',
    'Questo messaggio è stato eliminato',
    'Hai eliminato questo messaggio',
    'Messaggio eliminato',
    'Mensagem apagada',
    'Esta mensagem foi apagada',
    'Você apagou esta mensagem',
    'Apagou esta mensagem',
    'Dit bericht is verwijderd',
    'Je hebt dit bericht verwijderd',
    'Det här meddelandet raderades',
    'Denne besked blev slettet',
    'Denne meldingen ble slettet',
    'Tämä viesti poistettiin',
    'Ta wiadomość została usunięta',
    'Usunięto tę wiadomość',
    'Tato zpráva byla smazána',
    'Bu mesaj silindi',
    'Bu mesajı sildiniz',
    'Pesan ini telah dihapus',
    'Anda telah menghapus pesan ini',
    'Данное сообщение удалено',
    'Это сообщение удалено',
    'Вы удалили данное сообщение',
    'Сообщение удалено',
    'このメッセージは削除されました',
    'このメッセージを削除しました',
    '此消息已删除',
    '您删除了此消息',
    '你已删除此消息',
    '此訊息已刪除',
    '您已刪除此訊息',
    '삭제된 메시지입니다',
    '이 메시지는 삭제되었습니다',
    'تم حذف هذه الرسالة',
    'لقد حذفت هذه الرسالة',
    'הודעה זו נמחקה',
    'यह संदेश हटा दिया गया',
  ].map(bare),
);
/** No mark is longer; most messages are, and need not be looked at. */
const LONGEST = 60;

/** The whole message is what an app leaves in place of a deleted one. Talk about deletion is not. */
export function isDeletionMark(content: string): boolean {
  return content.length <= LONGEST && MARKS.has(bare(content));
}

function bare(text: string): string {
  return normalise(text)
    .replace(/[\p{P}\p{Cf}]/gu, '')
    .trim();
}
